//! Shared by the commands that query spot prices.

use std::io::{self, Write};

use anyhow::Context;
use chrono::Utc;
use clap::CommandFactory;
use clap::error::ErrorKind;
use comfy_table::{LineStyle, Table, presets};
use diesel::PgConnection;

use crate::cli::{self, Cli};
use crate::feed::spot::query::{Interval, PoolFilter, landed_days};
use crate::ledger::latest_day;

/// Ends the command with a usage error, like those of clap.
pub(super) fn wrong_usage(message: impl std::fmt::Display) -> ! {
    Cli::command().error(ErrorKind::ValueValidation, message).exit()
}

pub(super) fn filter(pools: &cli::spot::Pools) -> PoolFilter {
    let cli::spot::Pools { account, region, zone, instance_type, product } = pools.clone();
    PoolFilter { account, region, zone, instance_type, product }
}

/// Rejects days that are not a valid interval, before anything is opened.
pub(super) fn check(days: cli::spot::Days) {
    if let (Some(from), Some(to)) = (days.from, days.to)
        && let Err(wrong) = Interval::new(from, to)
    {
        wrong_usage(format!("--to: {wrong}"));
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
    mut out: impl Write,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<()> {
    let mut table = Table::new();
    // Without lines between rows, since there are many.
    table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    writeln!(out, "{table}")
}

/// The text of a value; empty if it is unknown.
pub(super) fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
