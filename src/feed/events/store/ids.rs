//! Which events are stored: `event_ids`.

use std::collections::HashMap;
use std::io;

use chrono::{DateTime, Utc};
use diesel::pg::CopyFormat;
use diesel::prelude::*;
use diesel::sql_types::{Array, Timestamptz, Uuid as SqlUuid};
use diesel::{ExecuteCopyFromDsl, copy_from, sql_query};
use uuid::Uuid;

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::event_ids;
use crate::feed::events::content::Event;

/// Ids looked up by one statement.
const CHUNK: usize = 50_000;

/// When a stored event was received, in microseconds since 1970, and its digest: the lower pair counts.
pub(in crate::feed::events) type Rank = (i64, Uuid);

/// The ranks of those events that are stored.
pub(in crate::feed::events) fn ranks(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> QueryResult<HashMap<Uuid, Rank>> {
    let mut known = HashMap::new();
    for ids in ids.chunks(CHUNK) {
        let stored: Vec<(Uuid, DateTime<Utc>, Uuid)> = event_ids::table
            .filter(event_ids::id.eq_any(ids))
            .select((event_ids::id, event_ids::received_at, event_ids::digest))
            .load(connection)?;
        known.extend(stored.into_iter().map(|(id, at, digest)| (id, (at.timestamp_micros(), digest))));
    }
    Ok(known)
}

/// Adds events, which must be in the order of their ids, and not stored yet.
pub(in crate::feed::events) fn copy(connection: &mut PgConnection, events: &[&Event]) -> QueryResult<()> {
    let write = |sink: &mut dyn io::Write| {
        let mut copy = BinaryCopy::new(sink);
        for event in events {
            copy.row(3)?;
            copy.uuid(event.id.as_bytes());
            copy.timestamptz(event.received_at);
            copy.uuid(event.digest.as_bytes());
        }
        copy.finish()
    };
    copy_from(event_ids::table)
        .from_raw_data((event_ids::id, event_ids::received_at, event_ids::digest), |sink| {
            write(sink).map_err(binary_copy::failed)
        })
        .with_format(CopyFormat::Binary)
        .execute(connection)
        .map(drop)
}

/// Gives events that are stored another rank.
pub(in crate::feed::events) fn update(connection: &mut PgConnection, events: &[&Event]) -> QueryResult<()> {
    let instant = |event: &&Event| DateTime::from_timestamp_micros(event.received_at).unwrap_or_default();
    let ids: Vec<Uuid> = events.iter().map(|event| event.id).collect();
    let instants: Vec<DateTime<Utc>> = events.iter().map(instant).collect();
    let digests: Vec<Uuid> = events.iter().map(|event| event.digest).collect();
    sql_query(
        "UPDATE event_ids AS known SET received_at = changed.received_at, digest = changed.digest
         FROM unnest($1, $2, $3) AS changed (id, received_at, digest) WHERE known.id = changed.id",
    )
    .bind::<Array<SqlUuid>, _>(&ids)
    .bind::<Array<Timestamptz>, _>(&instants)
    .bind::<Array<SqlUuid>, _>(&digests)
    .execute(connection)
    .map(drop)
}
