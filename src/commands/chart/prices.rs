//! Spot prices.

use anyhow::ensure;

use crate::chart::MAX_SERIES;
use crate::cli::{self, ChartOutput};
use crate::commands::Exit;
use crate::commands::database::Database;
use crate::commands::spot::{check, filter, interval};
use crate::db::snapshot;
use crate::feed::spot::chart::price_chart;
use crate::feed::spot::query::{coverage, pools};

pub(super) fn run(args: &cli::Chart) -> anyhow::Result<Exit> {
    check("chart", args.days);
    let database = Database::open(&args.database)?;
    let mut connection = database.current()?;
    let filter = filter(&args.pools);
    let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
    let chart = snapshot(&mut connection, |connection| {
        let interval = interval(connection, args.days, account, region)?;
        // One more than can be drawn, to detect that there are too many.
        let pools = pools(connection, &filter, None, MAX_SERIES + 1)?;
        ensure!(!pools.is_empty(), "no pool matches: see `landfall cheapest` for pools that have landed");
        let markets = coverage(connection, account, region, interval)??;
        Ok(price_chart(connection, &pools, &markets, interval)??)
    })?;
    super::write(&chart, args.output.as_ref().unwrap_or(&ChartOutput::Stdout), str::to_owned)?;
    Ok(Exit::Success)
}
