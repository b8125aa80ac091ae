//! The files of published tables. Each is recorded before it is written, so that none is ever forgotten at the destination.

use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::upsert::excluded;
use serde_json::Value;

use super::tables::TableName;
use crate::db::schema::lake_files;

/// A file of rows.
#[derive(Clone, Debug, PartialEq, Queryable)]
pub struct PartFile {
    /// Its key at the destination.
    pub key: String,
    /// The part that it has.
    pub part: String,
    /// How often the part's rows had changed.
    pub changes: i64,
    /// SHA-256 of its bytes.
    pub sha256: Vec<u8>,
    /// Rows in it.
    pub records: i64,
    /// Its size in bytes.
    pub size: i64,
    /// Bounds of its columns.
    pub bounds: Value,
    /// Sequence number and id of the snapshot that it came with; none if no snapshot has it yet.
    pub since: Option<(i64, i64)>,
}

/// The files of rows that are current, or were written and may still become so.
pub fn part_files(connection: &mut PgConnection, name: TableName<'_>) -> QueryResult<Vec<PartFile>> {
    lake_files::table
        .filter(lake_files::catalog.eq(name.catalog).and(lake_files::feed.eq(name.feed)))
        .filter(lake_files::removed_at.is_null())
        .order(lake_files::key)
        .select((
            lake_files::key,
            lake_files::part.assume_not_null(),
            lake_files::changes.assume_not_null(),
            lake_files::sha256,
            lake_files::records.assume_not_null(),
            lake_files::size,
            lake_files::bounds.assume_not_null(),
            (lake_files::sequence.assume_not_null(), lake_files::snapshot_id.assume_not_null()).nullable(),
        ))
        .filter(lake_files::part.is_not_null())
        .filter(lake_files::sequence.is_not_null().or(lake_files::written_at.is_not_null()))
        .load(connection)
}

/// Records a file of rows that is about to be written.
pub fn record_part_file(
    connection: &mut PgConnection,
    name: TableName<'_>,
    file: &PartFile,
) -> QueryResult<()> {
    diesel::insert_into(lake_files::table)
        .values((
            lake_files::catalog.eq(name.catalog),
            lake_files::feed.eq(name.feed),
            lake_files::key.eq(&file.key),
            lake_files::part.eq(&file.part),
            lake_files::changes.eq(file.changes),
            lake_files::sha256.eq(&file.sha256),
            lake_files::records.eq(file.records),
            lake_files::size.eq(file.size),
            lake_files::bounds.eq(&file.bounds),
        ))
        // An attempt before this one may have written the same rows.
        .on_conflict((lake_files::catalog, lake_files::feed, lake_files::key))
        .do_update()
        .set(lake_files::changes.eq(excluded(lake_files::changes)))
        .execute(connection)
        .map(drop)
}

/// Records that a file of rows is durable.
pub fn mark_written(connection: &mut PgConnection, name: TableName<'_>, key: &str) -> QueryResult<()> {
    diesel::update(lake_files::table.find((name.catalog, name.feed, key)))
        .set(lake_files::written_at.eq(now))
        .execute(connection)
        .map(drop)
}

/// Records that a file has the rows that its part has after so many changes: the same as before.
pub fn mark_same(
    connection: &mut PgConnection,
    name: TableName<'_>,
    key: &str,
    changes: i64,
) -> QueryResult<()> {
    diesel::update(lake_files::table.find((name.catalog, name.feed, key)))
        .set(lake_files::changes.eq(changes))
        .execute(connection)
        .map(drop)
}

/// Records a file of metadata that is about to be written.
pub fn record_file(
    connection: &mut PgConnection,
    name: TableName<'_>,
    key: &str,
    sha256: &[u8],
    size: i64,
) -> QueryResult<()> {
    diesel::insert_into(lake_files::table)
        .values((
            lake_files::catalog.eq(name.catalog),
            lake_files::feed.eq(name.feed),
            lake_files::key.eq(key),
            lake_files::sha256.eq(sha256),
            lake_files::size.eq(size),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
        .map(drop)
}

/// Keys of the files that nothing has needed since a time: others took their place, or no snapshot ever had them.
pub fn deletable_files(
    connection: &mut PgConnection,
    name: TableName<'_>,
    before: DateTime<Utc>,
) -> QueryResult<Vec<String>> {
    let was_never_committed = lake_files::sequence.is_null().and(lake_files::recorded_at.lt(before));
    lake_files::table
        .filter(lake_files::catalog.eq(name.catalog).and(lake_files::feed.eq(name.feed)))
        .filter(lake_files::removed_at.lt(before).assume_not_null().or(was_never_committed))
        .order(lake_files::key)
        .select(lake_files::key)
        .load(connection)
}

/// Removes the records of files that are deleted.
pub fn forget_files(connection: &mut PgConnection, name: TableName<'_>, keys: &[String]) -> QueryResult<()> {
    let files = lake_files::table
        .filter(lake_files::catalog.eq(name.catalog).and(lake_files::feed.eq(name.feed)))
        .filter(lake_files::key.eq_any(keys));
    diesel::delete(files).execute(connection).map(drop)
}
