//! Records that were rejected alone, while the others of their dump are stored.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text, Timestamptz};

use super::entries::Status;
use crate::db::schema::{dead_letters, ledger};

/// A rejected record of a dump revision.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = dead_letters)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct NewDeadLetter {
    pub dump_id: i32,
    pub record: Option<i64>,
    pub field: Option<&'static str>,
    pub reason: String,
    pub byte_offset: Option<i64>,
    pub raw: Vec<u8>,
}

/// Stores rejected records.
pub fn write_dead_letters(connection: &mut PgConnection, rejected: &[NewDeadLetter]) -> QueryResult<()> {
    // A statement takes 65,535 parameters, a record has 6.
    for chunk in rejected.chunks(10_000) {
        diesel::insert_into(dead_letters::table).values(chunk).execute(connection)?;
    }
    Ok(())
}

/// A dump whose current revision has rejected records.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct DumpWithRejectedRecords {
    /// Name of its feed.
    pub feed: String,
    /// Source of the object.
    pub source: String,
    /// Key of the object.
    pub key: String,
    /// How many records of it were rejected.
    pub records: i64,
}

/// Every dump whose current revision has rejected records.
pub fn with_rejected_records(connection: &mut PgConnection) -> QueryResult<Vec<DumpWithRejectedRecords>> {
    ledger::table
        .filter(ledger::status.eq(Status::Landed.as_str()).and(ledger::rows_rejected.gt(0)))
        .order((ledger::source, ledger::key))
        .select((ledger::feed, ledger::source, ledger::key, ledger::rows_rejected))
        .load(connection)
}

/// A rejected record of a current revision, as people see it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct DeadLetter {
    /// Key of the object.
    #[diesel(sql_type = Text)]
    pub key: String,
    /// Index of the record, counted from 0.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub record: Option<i64>,
    /// The field that is wrong.
    #[diesel(sql_type = Nullable<Text>)]
    pub field: Option<String>,
    /// Why it was rejected.
    #[diesel(sql_type = Text)]
    pub reason: String,
    /// Its beginning.
    #[diesel(sql_type = Binary)]
    pub raw: Vec<u8>,
    /// When its dump landed.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub landed_at: Option<DateTime<Utc>>,
}

/// The rejected records of a feed that were stored last, the latest first, each with so many of its first bytes.
pub fn latest_dead_letters(
    connection: &mut PgConnection,
    feed: &str,
    limit: i64,
    bytes: i32,
) -> QueryResult<Vec<DeadLetter>> {
    sql_query(
        "SELECT key, record, field, letter.reason, substring(raw FROM 1 FOR $3) AS raw, landed_at
         FROM dead_letters AS letter JOIN ledger ON ledger.id = dump_id
         WHERE feed = $1 AND status = 'landed'
         ORDER BY letter.id DESC
         LIMIT $2",
    )
    .bind::<Text, _>(feed)
    .bind::<BigInt, _>(limit)
    .bind::<Integer, _>(bytes)
    .load(connection)
}
