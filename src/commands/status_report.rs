//! What `landfall status` reports.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::PgConnection;
use serde::{Serialize, Serializer};

use crate::db;
use crate::ingest::{FEEDS, feeds, location, periods};
use crate::ledger::{
    self, DumpWithRejectedRecords, FeedCounts, FeedTotals, FutureDump, RejectedObject, ScopeCoverage,
    lake::{LakeStatus, lake_status},
    latest_day,
};

/// The output of `--json`.
#[derive(Debug, Serialize)]
pub(super) struct StatusReport {
    /// Coverage of each scope of the feeds that have a period.
    pub(super) scopes: Vec<ScopeStatus>,
    /// Totals of the feeds that have none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) feeds: Vec<FeedStatus>,
    /// Imported dumps of days that are still to come, which are not counted above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) future: Vec<FutureDumpStatus>,
    /// What landed of each feed, and the rows of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) counts: Vec<CountsStatus>,
    pub(super) rejected: Vec<RejectedStatus>,
    /// Dumps some of whose records were rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) records_rejected: Vec<RejectedRecordsStatus>,
    /// Published tables, and what they lack.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) lake: Vec<LakeTableStatus>,
    /// Seconds since the end of the newest period of the scope that lags most; null if nothing is imported.
    pub(super) lag_seconds: Option<i64>,
}

/// An imported dump of a day that is still to come.
#[derive(Debug, Serialize)]
pub(super) struct FutureDumpStatus {
    pub(super) feed: String,
    pub(super) dump: String,
    pub(super) day: NaiveDate,
}

/// What landed of one feed, and the rows of it.
#[derive(Debug, Serialize)]
pub(super) struct CountsStatus {
    pub(super) feed: String,
    pub(super) dumps: i64,
    pub(super) records: i64,
    /// Dumps that were withdrawn since the time that was asked for.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) withdrawn_since: i64,
    pub(super) rows_by_ledger: i64,
    /// The rows that are there now.
    pub(super) rows: i64,
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl CountsStatus {
    pub(super) fn read(
        connection: &mut PgConnection,
        until: Option<DateTime<Utc>>,
    ) -> anyhow::Result<Vec<Self>> {
        let mut counts = Vec::new();
        for counted in ledger::feed_counts(connection, until)? {
            let FeedCounts { feed: name, dumps, records, withdrawn_since, rows } = counted;
            // A newer version may have more feeds.
            let Some(feed) = FEEDS.iter().find(|feed| feed.name() == name) else { continue };
            let rows_by_ledger = rows;
            let rows = feed.count_rows(connection)?;
            counts.push(Self { feed: name, dumps, records, withdrawn_since, rows_by_ledger, rows });
        }
        Ok(counts)
    }
}

/// A table that is published.
#[derive(Debug, Serialize)]
pub(super) struct LakeTableStatus {
    pub(super) catalog: String,
    pub(super) feed: String,
    pub(super) destination: String,
    pub(super) files: i64,
    pub(super) rows: i64,
    pub(super) bytes: i64,
    /// Parts that have changed since they were published.
    pub(super) stale_parts: i64,
    /// What was committed before is published, if nothing is stale.
    pub(super) published_at: DateTime<Utc>,
    /// Seconds since then while something is stale; otherwise 0.
    pub(super) lag_seconds: i64,
}

impl LakeTableStatus {
    fn at(now: DateTime<Utc>, status: LakeStatus) -> Self {
        let LakeStatus { catalog, feed, destination, read_at, files, records, size, stale_parts } = status;
        let lag_seconds = if stale_parts == 0 { 0 } else { (now - read_at).num_seconds() };
        Self {
            catalog,
            feed,
            destination,
            files,
            rows: records,
            bytes: size,
            stale_parts,
            published_at: read_at,
            lag_seconds,
        }
    }
}

/// Totals of one feed.
#[derive(Debug, Serialize)]
pub(super) struct FeedStatus {
    pub(super) feed: String,
    pub(super) dumps: i64,
    pub(super) last_day: Option<NaiveDate>,
    pub(super) rejected: i64,
}

/// Coverage of one scope.
#[derive(Debug, Serialize)]
pub(super) struct ScopeStatus {
    pub(super) feed: &'static str,
    /// Names and values of the scope's parts.
    #[serde(flatten, serialize_with = "as_map")]
    pub(super) parts: Vec<(&'static str, String)>,
    pub(super) first_day: NaiveDate,
    pub(super) last_day: NaiveDate,
    pub(super) days: i64,
    pub(super) empty_days: Vec<NaiveDate>,
    pub(super) missing: Vec<Gap>,
    pub(super) missing_days: i64,
    pub(super) disagreeing: i64,
    pub(super) lag_seconds: i64,
    #[serde(skip)]
    pub(super) is_overdue: bool,
}

fn as_map<S: Serializer>(parts: &[(&'static str, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(parts.iter().map(|(name, value)| (name, value)))
}

/// Periods without a dump, both ends included.
#[derive(Debug, Serialize)]
pub(super) struct Gap {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
}

/// An object that was rejected when it was last seen.
#[derive(Debug, Serialize)]
pub(super) struct RejectedStatus {
    pub(super) location: String,
    pub(super) reason: Option<String>,
    pub(super) record: Option<i64>,
    pub(super) field: Option<String>,
    pub(super) offset: Option<i64>,
    pub(super) seen_at: DateTime<Utc>,
}

/// A dump some of whose records were rejected.
#[derive(Debug, Serialize)]
pub(super) struct RejectedRecordsStatus {
    pub(super) feed: String,
    pub(super) location: String,
    pub(super) records: i64,
}

impl StatusReport {
    pub(super) fn read(connection: &mut PgConnection, now: DateTime<Utc>) -> anyhow::Result<Self> {
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
            lake: read_lake(connection, now)?,
            ..StatusReport::of(now, ledger::coverage(connection, &periods(&feeds()), latest)?)
        })
    }

    pub(super) fn of(now: DateTime<Utc>, coverage: Vec<ScopeCoverage>) -> Self {
        let scopes: Vec<ScopeStatus> =
            coverage.into_iter().map(|coverage| ScopeStatus::at(now, coverage)).collect();
        Self {
            lag_seconds: scopes.iter().map(|scope| scope.lag_seconds).max(),
            scopes,
            feeds: Vec::new(),
            future: Vec::new(),
            counts: Vec::new(),
            rejected: Vec::new(),
            records_rejected: Vec::new(),
            lake: Vec::new(),
        }
    }
}

/// None before the schema has it.
fn read_lake(connection: &mut PgConnection, now: DateTime<Utc>) -> anyhow::Result<Vec<LakeTableStatus>> {
    if db::check_tables(connection, &["lake_tables"]).is_err() {
        return Ok(Vec::new());
    }
    Ok(lake_status(connection)?.into_iter().map(|status| LakeTableStatus::at(now, status)).collect())
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
            is_overdue: coverage.is_overdue(now),
            empty_days: coverage.empty,
            missing: coverage.gaps.into_iter().map(|(from, to)| Gap { from, to }).collect(),
        }
    }

    /// The values of the scope's parts, for messages.
    pub(super) fn name(&self) -> String {
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
