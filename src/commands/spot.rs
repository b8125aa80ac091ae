//! Shared by the commands that query spot prices.

use anyhow::Context;
use chrono::Utc;
use diesel::PgConnection;

use super::usage::wrong_usage;
use crate::cli;
use crate::feed::spot::query::{Interval, PoolFilter, landed_days};
use crate::ledger::latest_day;

pub(super) fn filter(pools: &cli::spot::Pools) -> PoolFilter {
    let cli::spot::Pools { account, region, zone, instance_type, product } = pools.clone();
    PoolFilter { account, region, zone, instance_type, product }
}

/// Rejects days of a command that are not a valid interval, before anything is opened.
pub(super) fn check(command: &str, days: cli::spot::Days) {
    if let (Some(from), Some(to)) = (days.from, days.to)
        && let Err(wrong) = Interval::new(from, to)
    {
        wrong_usage(command, format!("--to: {wrong}"));
    }
}

/// The days of the options, or the last 30 of those that have landed.
pub(super) fn interval(
    connection: &mut PgConnection,
    days: cli::spot::Days,
    account: Option<&str>,
    region: Option<&str>,
) -> anyhow::Result<Interval> {
    let landed = landed_days(connection, account, region, latest_day(Utc::now()))?
        .context("nothing has landed yet: landfall import SOURCE")?;
    Interval::within(landed, days.from, days.to).map_err(|wrong| anyhow::anyhow!("--to: {wrong}"))
}
