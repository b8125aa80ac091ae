//! Which days have landed, and which are missing.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

/// The last day that a dump can be of at this instant: tomorrow (UTC).
///
/// A dump is written once its day is over. One day more leaves room for clocks that are fast and for writers
/// in other time zones.
pub fn latest_day(now: DateTime<Utc>) -> NaiveDate {
    now.date_naive().succ_opt().unwrap_or(NaiveDate::MAX)
}

/// What has landed for one account and region.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Coverage {
    /// AWS account.
    #[diesel(sql_type = Text)]
    pub account_id: String,
    /// AWS region.
    #[diesel(sql_type = Text)]
    pub region: String,
    /// First day that landed.
    #[diesel(sql_type = Date)]
    pub first_day: NaiveDate,
    /// Last day that landed.
    #[diesel(sql_type = Date)]
    pub last_day: NaiveDate,
    /// Days that landed, empty ones included.
    #[diesel(sql_type = BigInt)]
    pub days: i64,
    /// Days whose dump holds no record.
    #[diesel(sql_type = Array<Date>)]
    pub empty_days: Vec<NaiveDate>,
    /// First days of the gaps between the first and the last day.
    #[diesel(sql_type = Array<Date>)]
    pub gaps_from: Vec<NaiveDate>,
    /// Last days of those gaps, in the same order.
    #[diesel(sql_type = Array<Date>)]
    pub gaps_to: Vec<NaiveDate>,
    /// Records that give a row another price than another dump does.
    #[diesel(sql_type = BigInt)]
    pub disagreeing: i64,
}

impl Coverage {
    /// Days without a dump between the first and the last day.
    pub fn missing_days(&self) -> i64 {
        self.gaps_from.iter().zip(&self.gaps_to).map(|(from, to)| (*to - *from).num_days() + 1).sum()
    }

    /// How long ago the last day ended.
    pub fn lag(&self, now: DateTime<Utc>) -> TimeDelta {
        let end = self.last_day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(1);
        (now - end).max(TimeDelta::zero())
    }
}

/// What has landed of a feed whose dumps are of no account and region.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct FeedCoverage {
    /// Name of the feed.
    #[diesel(sql_type = Text)]
    pub feed: String,
    /// Dumps whose word stands.
    #[diesel(sql_type = BigInt)]
    pub dumps: i64,
    /// The newest of their days; none has one in some feeds.
    #[diesel(sql_type = Nullable<Date>)]
    pub last_day: Option<NaiveDate>,
    /// Objects that were rejected when they were last seen.
    #[diesel(sql_type = BigInt)]
    pub rejected: i64,
}

/// A dump that landed although its day has not come: before such keys were refused, or under a wrong clock.
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

/// The landed dumps of days after the latest that can be, which [`coverage`] and [`feeds`] leave out.
pub fn future(connection: &mut PgConnection, latest: NaiveDate) -> QueryResult<Vec<FutureDump>> {
    sql_query(
        "SELECT feed, name, day FROM ledger WHERE status = 'landed' AND day > $1 ORDER BY feed, day, name",
    )
    .bind::<Date, _>(latest)
    .load(connection)
}

/// What has landed of feeds without accounts and regions, by feed.
pub fn feeds(connection: &mut PgConnection, latest: NaiveDate) -> QueryResult<Vec<FeedCoverage>> {
    sql_query(
        "WITH latest AS (
             SELECT DISTINCT ON (source, key) feed, status FROM ledger ORDER BY source, key, id DESC
         )
         SELECT feed, count(*) AS dumps, max(day) FILTER (WHERE day <= $1) AS last_day,
                (SELECT count(*) FROM latest
                 WHERE latest.feed = ledger.feed AND latest.status = 'rejected') AS rejected
         FROM ledger
         WHERE status = 'landed' AND account_id IS NULL
         GROUP BY feed
         ORDER BY feed",
    )
    .bind::<Date, _>(latest)
    .load(connection)
}

/// What has landed, by account and region, of days up to the latest that can be.
///
/// One dump with a wrong date must not say that nothing lags, nor that all days before it are missing.
pub fn coverage(connection: &mut PgConnection, latest: NaiveDate) -> QueryResult<Vec<Coverage>> {
    sql_query(
        "WITH landed AS (
             SELECT account_id, region, day, records, rows_disagreeing,
                    lead(day) OVER (PARTITION BY account_id, region ORDER BY day) AS next_day
             FROM ledger
             WHERE feed = 'spot' AND status = 'landed' AND day <= $1
         )
         SELECT account_id, region, min(day) AS first_day, max(day) AS last_day, count(*) AS days,
                coalesce(array_agg(day ORDER BY day) FILTER (WHERE records = 0), '{}') AS empty_days,
                coalesce(array_agg(day + 1 ORDER BY day) FILTER (WHERE next_day > day + 1), '{}') AS gaps_from,
                coalesce(array_agg(next_day - 1 ORDER BY day) FILTER (WHERE next_day > day + 1), '{}') AS gaps_to,
                sum(rows_disagreeing)::bigint AS disagreeing
         FROM landed
         GROUP BY account_id, region
         ORDER BY account_id, region",
    )
    .bind::<Date, _>(latest)
    .load(connection)
}
