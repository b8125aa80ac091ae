//! Shared by the commands that query spot prices.

use std::io::{self, Write};

use anyhow::Context;
use chrono::Utc;
use diesel::PgConnection;

use super::table::Table;
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

/// Prints rows as CSV.
pub(super) fn csv<const N: usize>(
    mut out: impl Write,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(header)?;
    for row in rows {
        csv.write_record(row)?;
    }
    out.write_all(&csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?)
}

/// Prints rows as a table for people.
pub(super) fn table<const N: usize>(
    out: &mut dyn Write,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    naming: &[&str],
    optional: &[&str],
) -> io::Result<()> {
    let rows = rows.map(Vec::from).collect();
    Table { header: header.to_vec(), rows, naming, optional, complete: "--format csv" }.write(out)
}

/// The text of a value; empty if it is unknown.
pub(super) fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
