//! `landfall status`.

use std::io::{self, Write};

use chrono::Utc;

use super::Exit;
use super::database::Database;
use super::lag::lag;
use super::output::{self, Palette};
use super::status_report::{
    CountsStatus, FeedStatus, FutureDumpStatus, Gap, LakeTableStatus, RejectedRecordsStatus, ScopeStatus,
    StatusReport,
};
use super::table::Table;
use super::verdict::Verdict;
use crate::cli;
use crate::db::{self, SchemaError, snapshot};

pub(super) fn run(args: &cli::Status) -> anyhow::Result<Exit> {
    let database = Database::open(&args.database)?;
    let mut connection = database.connect()?;
    let now = Utc::now();
    let status = snapshot(&mut connection, |connection| {
        match db::check_tables(connection, &["ledger"]) {
            // The first import creates them: until then, there is nothing to show, which is not an error.
            Err(SchemaError::Missing { .. }) => Ok(StatusReport::of(now, Vec::new())),
            tables => {
                tables?;
                let counts =
                    if args.counts { CountsStatus::read(connection, args.until)? } else { Vec::new() };
                anyhow::Ok(StatusReport { counts, ..StatusReport::read(connection, now)? })
            }
        }
    })?;
    output::print(|out| print(out, &status, args))?;
    Ok(match args.max_lag {
        Some(max_lag) if status.lag_seconds.is_none_or(|lag| lag > max_lag.as_secs().cast_signed()) => {
            Exit::Lagging
        }
        _ => Exit::Success,
    })
}

fn print(mut out: &mut dyn Write, status: &StatusReport, args: &cli::Status) -> io::Result<()> {
    if args.json {
        serde_json::to_writer_pretty(&mut out, status)?;
        return writeln!(out);
    }
    for scopes in status.scopes.chunk_by(|a, b| a.feed == b.feed) {
        table(scopes).write(out)?;
    }
    for FeedStatus { feed, dumps, last_day, rejected } in &status.feeds {
        let newest = last_day.map(|day| format!(", newest of {day}")).unwrap_or_default();
        writeln!(out, "{feed}: {dumps} dumps landed{newest}, {rejected} rejected")?;
    }
    for table in &status.lake {
        let LakeTableStatus { catalog, feed, destination, files, rows, stale_parts, .. } = table;
        let state = match stale_parts {
            0 => "up to date".to_owned(),
            1 => format!("1 part has changed, {} behind", lag(table.lag_seconds)),
            stale => format!("{stale} parts have changed, {} behind", lag(table.lag_seconds)),
        };
        writeln!(
            out,
            "published: {feed} ({catalog}, {destination}): {} in {}, {state}",
            output::counted(*rows, "row"),
            output::counted(*files, "file")
        )?;
    }
    for CountsStatus { feed, dumps, records, withdrawn_since, rows_by_ledger, rows } in &status.counts {
        let since = match withdrawn_since {
            0 => String::new(),
            withdrawn => format!(" ({withdrawn} withdrawn since)"),
        };
        writeln!(
            out,
            "counted: {feed}: {dumps} dumps{since} with {records} records; rows: {rows_by_ledger} by the ledger, {rows} stored"
        )?;
    }
    for scope in &status.scopes {
        for gap in &scope.missing {
            writeln!(out, "missing: {} {}", scope.name(), days(gap))?;
        }
        for day in &scope.empty_days {
            writeln!(out, "empty: {} {day}", scope.name())?;
        }
    }
    for FutureDumpStatus { dump, day, .. } in &status.future {
        writeln!(
            out,
            "warning: {dump} is of {day}, which is still to come, and is not counted: landfall withdraw {dump}"
        )?;
    }
    for RejectedRecordsStatus { location, records, .. } in &status.records_rejected {
        writeln!(out, "records rejected: {location}: {records}, see dead_letters")?;
    }
    for rejected in &status.rejected {
        write!(out, "rejected: {}: {}", rejected.location, rejected.reason.as_deref().unwrap_or_default())?;
        let details = [
            rejected.record.map(|record| format!("record {record}")),
            rejected.field.clone(),
            rejected.offset.map(|offset| format!("byte {offset}")),
        ];
        let details: Vec<String> = details.into_iter().flatten().collect();
        if details.is_empty() { writeln!(out)? } else { writeln!(out, " ({})", details.join(", "))? }
    }
    Verdict::of(status, args.max_lag).write(out, Palette::of_stdout())
}

/// Coverage of the scopes of one feed.
fn table(scopes: &[ScopeStatus]) -> Table<'_> {
    let names = scopes.first().map(|scope| scope.parts.iter().map(|(name, _)| name.trim_end_matches("_id")));
    let columns = ["first day", "last day", "days", "empty", "missing", "disagreeing", "lag"];
    let rows = scopes.iter().map(|scope| {
        let values = scope.parts.iter().map(|(_, value)| value.clone());
        values
            .chain([
                scope.first_day.to_string(),
                scope.last_day.to_string(),
                scope.days.to_string(),
                scope.empty_days.len().to_string(),
                scope.missing_days.to_string(),
                scope.disagreeing.to_string(),
                lag(scope.lag_seconds),
            ])
            .collect()
    });
    Table {
        header: names.into_iter().flatten().chain(columns).collect(),
        rows: rows.collect(),
        naming: &["account"],
        optional: &["first day", "empty", "disagreeing", "days", "last day", "missing"],
        complete: "--json",
    }
}

fn days(gap: &Gap) -> String {
    if gap.from == gap.to { gap.from.to_string() } else { format!("{} to {}", gap.from, gap.to) }
}
