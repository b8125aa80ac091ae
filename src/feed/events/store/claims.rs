//! Deliveries that do not count, since another one of the same event does: `event_claims`.

use std::io;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::connection::SimpleConnection;
use diesel::pg::CopyFormat;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Timestamptz, Uuid as SqlUuid};
use diesel::{ExecuteCopyFromDsl, copy_from, sql_query};
use uuid::Uuid;

use super::days::{DayChanges, Days};
use super::rows;
use crate::db::binary_copy::{self, BinaryCopy};
use crate::feed::events::content::Event;

diesel::table! {
    /// Of one transaction: rows of `events`, each with its digest.
    event_claims_added (id) {
        id -> Uuid,
        received_at -> Timestamptz,
        event -> Text,
        event_text -> Text,
        context_device_type -> Text,
        anonymous_id -> Uuid,
        user_id -> Nullable<Int8>,
        original_timestamp -> Nullable<Timestamptz>,
        timestamp -> Timestamptz,
        sent_at -> Timestamptz,
        context_app_version -> Nullable<Text>,
        context_device_manufacturer -> Nullable<Text>,
        context_device_model -> Nullable<Text>,
        context_device_token -> Nullable<Text>,
        context_library_name -> Nullable<Text>,
        context_library_version -> Nullable<Text>,
        context_locale -> Nullable<Text>,
        context_network_carrier -> Nullable<Text>,
        context_os_name -> Nullable<Text>,
        context_timezone -> Nullable<Text>,
        context_device_ad_tracking_enabled -> Nullable<Bool>,
        context_network_wifi -> Nullable<Bool>,
        properties -> Nullable<Jsonb>,
        dump_id -> Int4,
        digest -> Uuid,
    }
}

/// Adds deliveries: the encoded columns of each, the revision that has it, and its digest.
pub(in crate::feed::events) fn add<'c>(
    connection: &mut PgConnection,
    claims: impl Iterator<Item = (&'c [u8], i32, Uuid)> + Clone,
) -> QueryResult<()> {
    connection.batch_execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS event_claims_added (LIKE events, digest uuid NOT NULL) ON COMMIT DROP;
         TRUNCATE event_claims_added",
    )?;
    let write = |sink: &mut dyn io::Write| {
        let mut copy = BinaryCopy::new(sink);
        for (columns, dump_id, digest) in claims.clone() {
            copy.row(rows::COLUMNS + 1)?;
            copy.encoded(columns);
            copy.integer(dump_id);
            copy.uuid(digest.as_bytes());
        }
        copy.finish()
    };
    copy_from(event_claims_added::table)
        .from_raw_data(event_claims_added::all_columns, |sink| write(sink).map_err(binary_copy::failed))
        .with_format(CopyFormat::Binary)
        .execute(connection)?;
    // An object may have the same event several times.
    sql_query(
        "INSERT INTO event_claims (id, dump_id, received_at, digest, content)
         SELECT id, dump_id, received_at, digest, to_jsonb(added) - 'digest' FROM event_claims_added AS added
         ON CONFLICT DO NOTHING",
    )
    .execute(connection)
    .map(drop)
}

/// A day of receipt of which rows changed.
#[derive(QueryableByName)]
struct ChangedDay {
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = BigInt)]
    records: i64,
}

/// Takes the rows of some events out of `events`, to be deliveries that do not count; returns of which days.
pub(in crate::feed::events) fn displace(
    connection: &mut PgConnection,
    events: &[&Event],
) -> QueryResult<DayChanges> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    let displaced: Vec<ChangedDay> = sql_query(
        "WITH known AS MATERIALIZED (SELECT * FROM event_ids WHERE id = ANY($1)),
         displaced AS (
             DELETE FROM events USING known WHERE events.id = known.id AND events.received_at = known.received_at
             RETURNING events.id, events.dump_id, events.received_at, known.digest, to_jsonb(events) AS content
         ),
         kept AS (
             INSERT INTO event_claims (id, dump_id, received_at, digest, content)
             SELECT id, dump_id, received_at, digest, content FROM displaced
         )
         SELECT (received_at AT TIME ZONE 'UTC')::date AS day, count(*) AS records FROM displaced GROUP BY day",
    )
    .bind::<Array<SqlUuid>, _>(&ids)
    .load(connection)?;
    let mut days = DayChanges::default();
    displaced.iter().for_each(|changed| days.add(changed.day, -changed.records));
    Ok(days)
}

/// Rows and deliveries that a withdrawal removed, and rows that it restored.
pub(in crate::feed::events) struct Withdrawn {
    pub(in crate::feed::events) removed: i64,
    pub(in crate::feed::events) restored: i64,
    pub(in crate::feed::events) claims: i64,
    /// How the rows of each day changed by that.
    pub(in crate::feed::events) days: DayChanges,
}

/// Removes what some revisions have; in place of their rows, the best of the other deliveries counts.
pub(in crate::feed::events) fn withdraw(
    connection: &mut PgConnection,
    revisions: &[i32],
) -> QueryResult<Withdrawn> {
    use crate::db::schema::{event_claims, events};
    let claims = diesel::delete(event_claims::table.filter(event_claims::dump_id.eq_any(revisions)))
        .execute(connection)? as i64;
    let rows: Vec<(Uuid, DateTime<Utc>)> =
        diesel::delete(events::table.filter(events::dump_id.eq_any(revisions)))
            .returning((events::id, events::received_at))
            .get_results(connection)?;
    let mut days = DayChanges::default();
    rows.iter().for_each(|(_, received_at)| days.add(received_at.date_naive(), -1));
    let removed: Vec<Uuid> = rows.into_iter().map(|(id, _)| id).collect();
    ensure_days_of_claims(connection, &removed)?;
    let restored: Vec<ChangedDay> = sql_query(
        "WITH best AS (
             SELECT DISTINCT ON (id) * FROM event_claims WHERE id = ANY($1) ORDER BY id, received_at, digest, dump_id
         ),
         taken AS (DELETE FROM event_claims AS claim USING best
             WHERE (claim.id, claim.dump_id, claim.digest) = (best.id, best.dump_id, best.digest)),
         ranked AS (UPDATE event_ids AS known SET received_at = best.received_at, digest = best.digest
             FROM best WHERE known.id = best.id),
         added AS (INSERT INTO events SELECT (jsonb_populate_record(NULL::events, content)).* FROM best)
         SELECT (received_at AT TIME ZONE 'UTC')::date AS day, count(*) AS records FROM best GROUP BY day",
    )
    .bind::<Array<SqlUuid>, _>(&removed)
    .load(connection)?;
    sql_query(
        "DELETE FROM event_ids AS known WHERE id = ANY($1) AND NOT EXISTS (
             SELECT FROM events WHERE events.id = known.id AND events.received_at = known.received_at
         )",
    )
    .bind::<Array<SqlUuid>, _>(&removed)
    .execute(connection)?;
    restored.iter().for_each(|changed| days.add(changed.day, changed.records));
    let restored = restored.iter().map(|changed| changed.records).sum();
    Ok(Withdrawn { removed: removed.len() as i64, restored, claims, days })
}

/// A day's partition may have been dropped since.
fn ensure_days_of_claims(connection: &mut PgConnection, ids: &[Uuid]) -> QueryResult<()> {
    #[derive(QueryableByName)]
    struct Claim {
        #[diesel(sql_type = Timestamptz)]
        received_at: DateTime<Utc>,
    }
    let claims: Vec<Claim> = sql_query("SELECT DISTINCT received_at FROM event_claims WHERE id = ANY($1)")
        .bind::<Array<SqlUuid>, _>(ids)
        .load(connection)?;
    Days::default().ensure(connection, claims.iter().map(|claim| claim.received_at.timestamp_micros()))
}
