//! `landfall status`.

use std::io::{self, Write};

use chrono::{DateTime, NaiveDate, Utc};
use comfy_table::{Table, presets};
use diesel::PgConnection;
use serde::{Serialize, Serializer};

use super::Exit;
use super::database::Database;
use super::output;
use crate::cli;
use crate::db::{self, SchemaError, snapshot};
use crate::ingest::{FEEDS, feeds, location, periods};
use crate::ledger::{
    self, DumpWithRejectedRecords, FeedTotals, FutureDump, RejectedObject, ScopeCoverage, latest_day,
};

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct StatusReport {
    /// Coverage of each scope of the feeds that have a period.
    scopes: Vec<ScopeStatus>,
    /// Totals of the feeds that have none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    feeds: Vec<FeedStatus>,
    /// Imported dumps of days that are still to come, which are not counted above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    future: Vec<FutureDumpStatus>,
    rejected: Vec<RejectedStatus>,
    /// Dumps some of whose records were rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    records_rejected: Vec<RejectedRecordsStatus>,
    /// Seconds since the end of the newest period of the scope that lags most; null if nothing is imported.
    lag_seconds: Option<i64>,
}

/// An imported dump of a day that is still to come.
#[derive(Debug, Serialize)]
struct FutureDumpStatus {
    feed: String,
    dump: String,
    day: NaiveDate,
}

/// Totals of one feed.
#[derive(Debug, Serialize)]
struct FeedStatus {
    feed: String,
    dumps: i64,
    last_day: Option<NaiveDate>,
    rejected: i64,
}

/// Coverage of one scope.
#[derive(Debug, Serialize)]
struct ScopeStatus {
    feed: &'static str,
    /// Names and values of the scope's parts.
    #[serde(flatten, serialize_with = "as_map")]
    parts: Vec<(&'static str, String)>,
    first_day: NaiveDate,
    last_day: NaiveDate,
    days: i64,
    empty_days: Vec<NaiveDate>,
    missing: Vec<Gap>,
    missing_days: i64,
    disagreeing: i64,
    lag_seconds: i64,
}

fn as_map<S: Serializer>(parts: &[(&'static str, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(parts.iter().map(|(name, value)| (name, value)))
}

/// Periods without a dump, both ends included.
#[derive(Debug, Serialize)]
struct Gap {
    from: NaiveDate,
    to: NaiveDate,
}

/// An object that was rejected when it was last seen.
#[derive(Debug, Serialize)]
struct RejectedStatus {
    location: String,
    reason: Option<String>,
    record: Option<i64>,
    field: Option<String>,
    offset: Option<i64>,
    seen_at: DateTime<Utc>,
}

/// A dump some of whose records were rejected.
#[derive(Debug, Serialize)]
struct RejectedRecordsStatus {
    feed: String,
    location: String,
    records: i64,
}

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
                StatusReport::read(connection, now)
            }
        }
    })?;
    output::print(|out| print(out, &status, args.json))?;
    Ok(match args.max_lag {
        Some(max_lag) if status.lag_seconds.is_none_or(|lag| lag > max_lag.as_secs().cast_signed()) => {
            Exit::Lagging
        }
        _ => Exit::Success,
    })
}

impl StatusReport {
    fn read(connection: &mut PgConnection, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let latest = latest_day(now);
        let has_period = |totals: &FeedTotals| {
            FEEDS.iter().any(|feed| feed.name() == totals.feed && feed.period().is_some())
        };
        let totals = ledger::feed_totals(connection, latest)?.into_iter();
        Ok(StatusReport {
            feeds: totals.filter(|totals| !has_period(totals)).map(FeedStatus::from).collect(),
            future: ledger::future_dumps(connection, latest)?
                .into_iter()
                .map(FutureDumpStatus::from)
                .collect(),
            rejected: ledger::rejected_objects(connection)?.into_iter().map(RejectedStatus::from).collect(),
            records_rejected: ledger::with_rejected_records(connection)?
                .into_iter()
                .map(RejectedRecordsStatus::from)
                .collect(),
            ..StatusReport::of(now, ledger::coverage(connection, &periods(&feeds()), latest)?)
        })
    }

    fn of(now: DateTime<Utc>, coverage: Vec<ScopeCoverage>) -> Self {
        let scopes: Vec<ScopeStatus> =
            coverage.into_iter().map(|coverage| ScopeStatus::at(now, coverage)).collect();
        Self {
            lag_seconds: scopes.iter().map(|scope| scope.lag_seconds).max(),
            scopes,
            feeds: Vec::new(),
            future: Vec::new(),
            rejected: Vec::new(),
            records_rejected: Vec::new(),
        }
    }
}

impl From<FeedTotals> for FeedStatus {
    fn from(FeedTotals { feed, dumps, last_day, rejected }: FeedTotals) -> Self {
        Self { feed, dumps, last_day, rejected }
    }
}

impl From<FutureDump> for FutureDumpStatus {
    fn from(FutureDump { feed, name, day }: FutureDump) -> Self {
        Self { feed, dump: name, day }
    }
}

impl From<DumpWithRejectedRecords> for RejectedRecordsStatus {
    fn from(DumpWithRejectedRecords { feed, source, key, records }: DumpWithRejectedRecords) -> Self {
        Self { feed, location: location(&source, &key), records }
    }
}

impl ScopeStatus {
    fn at(now: DateTime<Utc>, coverage: ScopeCoverage) -> Self {
        let names = FEEDS.iter().find(|feed| feed.name() == coverage.feed).map(|feed| feed.scope_parts());
        let values = coverage.scope.values().map(str::to_owned);
        Self {
            feed: coverage.feed,
            parts: names.unwrap_or_default().iter().copied().zip(values).collect(),
            first_day: coverage.first,
            last_day: coverage.last,
            days: coverage.dumps,
            missing_days: coverage.missing,
            disagreeing: coverage.disagreeing,
            lag_seconds: coverage.lag(now).num_seconds(),
            empty_days: coverage.empty,
            missing: coverage.gaps.into_iter().map(|(from, to)| Gap { from, to }).collect(),
        }
    }

    /// The values of the scope's parts, for messages.
    fn name(&self) -> String {
        let values: Vec<&str> = self.parts.iter().map(|(_, value)| value.as_str()).collect();
        if values.is_empty() { self.feed.to_owned() } else { values.join(" ") }
    }
}

impl From<RejectedObject> for RejectedStatus {
    fn from(entry: RejectedObject) -> Self {
        Self {
            location: location(&entry.source, &entry.key),
            reason: entry.reason,
            record: entry.reason_record,
            field: entry.reason_field,
            offset: entry.reason_offset,
            seen_at: entry.seen_at,
        }
    }
}

fn print(mut out: &mut dyn Write, status: &StatusReport, json: bool) -> io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut out, status)?;
        return writeln!(out);
    }
    if status.scopes.is_empty() && status.feeds.is_empty() && status.future.is_empty() {
        writeln!(out, "nothing has landed yet: landfall import SOURCE")?;
    }
    for scopes in status.scopes.chunk_by(|a, b| a.feed == b.feed) {
        writeln!(out, "{}", table(scopes))?;
    }
    for FeedStatus { feed, dumps, last_day, rejected } in &status.feeds {
        let newest = last_day.map(|day| format!(", newest of {day}")).unwrap_or_default();
        writeln!(out, "{feed}: {dumps} dumps landed{newest}, {rejected} rejected")?;
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
    Ok(())
}

/// Coverage of the scopes of one feed.
fn table(scopes: &[ScopeStatus]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    let names = scopes.first().map(|scope| scope.parts.iter().map(|(name, _)| name.trim_end_matches("_id")));
    let columns = ["first day", "last day", "days", "empty", "missing", "disagreeing", "lag"];
    table.set_header(names.into_iter().flatten().chain(columns));
    for scope in scopes {
        let values = scope.parts.iter().map(|(_, value)| value.clone());
        table.add_row(values.chain([
            scope.first_day.to_string(),
            scope.last_day.to_string(),
            scope.days.to_string(),
            scope.empty_days.len().to_string(),
            scope.missing_days.to_string(),
            scope.disagreeing.to_string(),
            lag(scope.lag_seconds),
        ]));
    }
    table
}

fn days(gap: &Gap) -> String {
    if gap.from == gap.to { gap.from.to_string() } else { format!("{} to {}", gap.from, gap.to) }
}

/// Hours and minutes, or days and hours.
fn lag(seconds: i64) -> String {
    let minutes = seconds / 60;
    if minutes < 48 * 60 {
        format!("{}h {:02}m", minutes / 60, minutes % 60)
    } else {
        format!("{}d {}h", minutes / (24 * 60), minutes / 60 % 24)
    }
}
