//! `landfall events`.

use std::io::{self, Write};

use anyhow::Context;
use chrono::Utc;
use diesel::PgConnection;
use serde::Serialize;

use super::Exit;
use super::database::Database;
use super::output;
use super::rows::{csv, table};
use super::spot::check;
use crate::cli::events::{Daily, Events};
use crate::cli::spot::{Days, Format};
use crate::db::snapshot;
use crate::feed::events::query::{
    COLUMNS, DailyCount, EventCoverage, EventFilter, coverage, daily, landed_days,
};
use crate::feed::interval::Interval;
use crate::ledger::latest_day;

/// What `--format json` prints.
#[derive(Serialize)]
struct EventCounts<'c> {
    coverage: &'c EventCoverage,
    counts: &'c [DailyCount],
}

pub(super) fn run(args: &Daily) -> anyhow::Result<Exit> {
    check("events", args.days);
    let database = Database::open(&args.database)?;
    let mut connection = database.current()?;
    let Counted { interval, coverage, counts } =
        snapshot(&mut connection, |connection| count(connection, &args.events, args.days))?;
    output::print(|out| print(out, &coverage, &counts, args.format))?;
    tracing::info!(
        from = %interval.first, to = %interval.last, objects = coverage.objects,
        rejected_objects = coverage.rejected_objects, rejected_records = coverage.rejected_records,
        disagreeing = coverage.disagreeing, received_at = coverage.received_at.map(|at| at.to_rfc3339()),
        "counted the events of these days"
    );
    Ok(Exit::Success)
}

/// The counts of some days.
pub(super) struct Counted {
    pub(super) interval: Interval,
    pub(super) coverage: EventCoverage,
    pub(super) counts: Vec<DailyCount>,
}

/// Counts the events of the options' days, or of the last 30 of those that have landed.
pub(super) fn count(connection: &mut PgConnection, events: &Events, days: Days) -> anyhow::Result<Counted> {
    let landed = landed_days(connection, latest_day(Utc::now()))?
        .context("no events have landed yet: landfall import SOURCE")?;
    let interval =
        Interval::within(landed, days.from, days.to).map_err(|wrong| anyhow::anyhow!("--to: {wrong}"))?;
    let filter = EventFilter { event: events.event.clone(), device: events.device.clone() };
    Ok(Counted { interval, coverage: coverage(connection)?, counts: daily(connection, interval, &filter)?? })
}

fn print(
    mut out: &mut dyn Write,
    coverage: &EventCoverage,
    counts: &[DailyCount],
    format: Format,
) -> io::Result<()> {
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &EventCounts { coverage, counts })?;
            writeln!(out)
        }
        Format::Csv => csv(out, COLUMNS, counts.iter().map(DailyCount::cells)),
        Format::Table => table(out, COLUMNS, counts.iter().map(DailyCount::cells), &["event", "device"], &[]),
    }
}
