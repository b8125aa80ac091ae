//! Which periods of which scopes have a dump, and which are missing.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::period::Period;
use super::scope::Scope;

/// The last day that a dump may be for at this instant: tomorrow (UTC).
///
/// A dump is written once its period has begun. The extra day allows for fast clocks and for writers
/// in other time zones.
pub fn latest_day(now: DateTime<Utc>) -> NaiveDate {
    now.date_naive().succ_opt().unwrap_or(NaiveDate::MAX)
}

/// Which periods of a scope have an imported dump, in a feed with a dump for each period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeCoverage {
    /// Name of the feed.
    pub feed: &'static str,
    /// The scope.
    pub scope: Scope,
    /// The length of a period.
    pub period: Period,
    /// First day of the first period that has a dump.
    pub first: NaiveDate,
    /// First day of the last period that has a dump.
    pub last: NaiveDate,
    /// Number of periods that have a dump, empty ones included.
    pub dumps: i64,
    /// First days of periods whose dump has no records.
    pub empty: Vec<NaiveDate>,
    /// First and last day of each gap between the first and the last period, in order.
    pub gaps: Vec<(NaiveDate, NaiveDate)>,
    /// Number of periods without a dump between the first and the last one.
    pub missing: i64,
    /// Number of records whose value for a row differs from another dump's.
    pub disagreeing: i64,
}

impl ScopeCoverage {
    /// How long ago the last period ended.
    pub fn lag(&self, now: DateTime<Utc>) -> TimeDelta {
        self.period.lag(self.last, now)
    }

    /// Whether the dump of the next period should have landed: it is due within a day after the period has ended.
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.period.lag(self.period.end(self.last), now) > TimeDelta::days(1)
    }
}

#[derive(QueryableByName)]
struct CoverageRow {
    #[diesel(sql_type = Text)]
    feed: String,
    #[diesel(sql_type = Text)]
    scope: String,
    #[diesel(sql_type = Date)]
    first: NaiveDate,
    #[diesel(sql_type = Date)]
    last: NaiveDate,
    #[diesel(sql_type = BigInt)]
    dumps: i64,
    #[diesel(sql_type = Array<Date>)]
    empty: Vec<NaiveDate>,
    #[diesel(sql_type = Array<Date>)]
    gaps_from: Vec<NaiveDate>,
    #[diesel(sql_type = Array<Date>)]
    gaps_to: Vec<NaiveDate>,
    #[diesel(sql_type = BigInt)]
    missing: i64,
    #[diesel(sql_type = BigInt)]
    disagreeing: i64,
}

/// The coverage of each scope of the given feeds (name and period), ordered by feed and scope. Periods that begin after
/// `latest` are left out.
///
/// A single dump with a wrong date must neither hide a lag nor make all periods before it count as missing.
pub fn coverage(
    connection: &mut PgConnection,
    feeds: &[(&'static str, Period)],
    latest: NaiveDate,
) -> QueryResult<Vec<ScopeCoverage>> {
    let (names, lengths): (Vec<_>, Vec<_>) =
        feeds.iter().map(|(name, period)| (*name, period.as_interval())).unzip();
    let rows: Vec<CoverageRow> = sql_query(
        "WITH landed AS (
             SELECT ledger.feed, scope, day, records, rows_disagreeing, length::interval AS length,
                    lead(day) OVER (PARTITION BY ledger.feed, scope ORDER BY day) AS next_day
             FROM unnest($1, $2) AS feeds (feed, length)
             JOIN ledger ON ledger.feed = feeds.feed
             WHERE status = 'landed' AND day <= $3
         ),
         periods AS (
             SELECT *, (day + length)::date AS after, next_day > (day + length)::date AS precedes_gap FROM landed
         )
         SELECT feed, scope, min(day) AS first, max(day) AS last, count(*) AS dumps,
                coalesce(array_agg(day ORDER BY day) FILTER (WHERE records = 0), '{}') AS empty,
                coalesce(array_agg(after ORDER BY day) FILTER (WHERE precedes_gap), '{}') AS gaps_from,
                coalesce(array_agg(next_day - 1 ORDER BY day) FILTER (WHERE precedes_gap), '{}') AS gaps_to,
                coalesce(sum(missing.periods), 0)::bigint AS missing,
                sum(rows_disagreeing)::bigint AS disagreeing
         FROM periods
         CROSS JOIN LATERAL (
             SELECT count(*) AS periods FROM generate_series(after::timestamp, next_day - 1, length) WHERE precedes_gap
         ) AS missing
         GROUP BY feed, scope
         ORDER BY feed, scope",
    )
    .bind::<Array<Text>, _>(&names)
    .bind::<Array<Text>, _>(lengths)
    .bind::<Date, _>(latest)
    .load(connection)?;
    let known = |row: CoverageRow| {
        let (feed, period) = *feeds.iter().find(|(name, _)| *name == row.feed)?;
        Some(ScopeCoverage {
            feed,
            scope: Scope::from_text(row.scope),
            period,
            first: row.first,
            last: row.last,
            dumps: row.dumps,
            empty: row.empty,
            gaps: row.gaps_from.into_iter().zip(row.gaps_to).collect(),
            missing: row.missing,
            disagreeing: row.disagreeing,
        })
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// Totals of one feed.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct FeedTotals {
    /// Name of the feed.
    #[diesel(sql_type = Text)]
    pub feed: String,
    /// Imported dumps: current revisions.
    #[diesel(sql_type = BigInt)]
    pub dumps: i64,
    /// The newest of their days; nothing in feeds whose dumps have none.
    #[diesel(sql_type = Nullable<Date>)]
    pub last_day: Option<NaiveDate>,
    /// Objects that were rejected when they were last seen.
    #[diesel(sql_type = BigInt)]
    pub rejected: i64,
}

/// Totals of each feed that has imported dumps, ordered by feed. `last_day` is `latest` at most.
pub fn feed_totals(connection: &mut PgConnection, latest: NaiveDate) -> QueryResult<Vec<FeedTotals>> {
    sql_query(
        "WITH latest AS (
             SELECT DISTINCT ON (source, key) feed, status FROM ledger ORDER BY source, key, id DESC
         )
         SELECT feed, count(*) AS dumps, max(day) FILTER (WHERE day <= $1) AS last_day,
                (SELECT count(*) FROM latest
                 WHERE latest.feed = ledger.feed AND latest.status = 'rejected') AS rejected
         FROM ledger
         WHERE status = 'landed'
         GROUP BY feed
         ORDER BY feed",
    )
    .bind::<Date, _>(latest)
    .load(connection)
}

/// An imported dump of a future day: from a version that did not hold such dumps back, or from a run with a wrong clock.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct FutureDump {
    /// Name of the feed.
    #[diesel(sql_type = Text)]
    pub feed: String,
    /// Name of the dump.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The day in its name.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
}

/// The imported dumps of days after `latest`, which [`coverage`] leaves out.
pub fn future_dumps(connection: &mut PgConnection, latest: NaiveDate) -> QueryResult<Vec<FutureDump>> {
    sql_query(
        "SELECT feed, name, day FROM ledger WHERE status = 'landed' AND day > $1 ORDER BY feed, day, name",
    )
    .bind::<Date, _>(latest)
    .load(connection)
}
