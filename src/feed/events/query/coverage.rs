//! How complete and how recent an answer is.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Date, Nullable, Timestamptz};
use serde::Serialize;
use utoipa::ToSchema;

use crate::feed::interval::Interval;

/// What has landed of all events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, QueryableByName)]
pub struct EventCoverage {
    /// Objects that have landed.
    #[diesel(sql_type = BigInt)]
    pub objects: i64,
    /// When the latest of them did.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub landed_at: Option<DateTime<Utc>>,
    /// When the latest event was received; those are left out that a wrong clock put into the future.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub received_at: Option<DateTime<Utc>>,
    /// Objects that are rejected: nothing of them counts.
    #[diesel(sql_type = BigInt)]
    pub rejected_objects: i64,
    /// Records of landed objects that are rejected alone: they do not count.
    #[diesel(sql_type = BigInt)]
    pub rejected_records: i64,
    /// Records that gave an event another content than the one delivered before: one of both counts.
    #[diesel(sql_type = BigInt)]
    pub disagreeing: i64,
}

/// The days that have a partition.
const DAYS: &str = "SELECT to_date(relname, '\"events\"_YYYY_MM_DD')::timestamp AS day
    FROM pg_inherits JOIN pg_class ON oid = inhrelid
    WHERE inhparent = 'events'::regclass AND relname ~ '^events_[0-9]{4}_[0-9]{2}_[0-9]{2}$'";

/// Of `events` and such a `day`.
const RECEIVED_ON_DAY: &str = "received_at >= days.day AT TIME ZONE 'UTC'
    AND received_at < (days.day + interval '1 day') AT TIME ZONE 'UTC'";

/// The coverage of all events.
pub fn coverage(connection: &mut PgConnection) -> QueryResult<EventCoverage> {
    // Nothing has an index on received_at alone, which would cost every import: the newest partition that has events
    // is read, one of a day.
    sql_query(format!(
        "WITH days AS ({DAYS} ORDER BY day DESC)
         SELECT
             count(*) FILTER (WHERE status = 'landed') AS objects,
             max(landed_at) FILTER (WHERE status = 'landed') AS landed_at,
             (SELECT newest.at FROM days CROSS JOIN LATERAL (
                  SELECT max(received_at) AS at FROM events WHERE {RECEIVED_ON_DAY} AND received_at <= now()
              ) AS newest WHERE newest.at IS NOT NULL LIMIT 1) AS received_at,
             count(*) FILTER (WHERE status = 'rejected' AND NOT EXISTS (
                 SELECT FROM ledger AS later
                 WHERE later.source = ledger.source AND later.key = ledger.key AND later.id > ledger.id
             )) AS rejected_objects,
             coalesce(sum(rows_rejected) FILTER (WHERE status = 'landed'), 0)::bigint AS rejected_records,
             coalesce(sum(rows_disagreeing) FILTER (WHERE status = 'landed'), 0)::bigint AS disagreeing
         FROM ledger
         WHERE feed = 'events'"
    ))
    .get_result(connection)
}

/// The first and the last day on which events were received, up to `latest`; nothing if there is none.
pub fn landed_days(connection: &mut PgConnection, latest: NaiveDate) -> QueryResult<Option<Interval>> {
    #[derive(QueryableByName)]
    struct Landed {
        #[diesel(sql_type = Nullable<Date>)]
        first: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Date>)]
        last: Option<NaiveDate>,
    }
    let landed: Landed = sql_query(format!(
        "WITH days AS ({DAYS})
         SELECT min(day)::date AS first, max(day)::date AS last FROM days
         WHERE day <= $1 AND EXISTS (SELECT FROM events WHERE {RECEIVED_ON_DAY})"
    ))
    .bind::<Date, _>(latest)
    .get_result(connection)?;
    Ok(landed.first.zip(landed.last).map(|(first, last)| Interval { first, last }))
}
