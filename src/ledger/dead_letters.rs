//! Records that were rejected alone, while the others of their dump are stored.

use diesel::prelude::*;

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
