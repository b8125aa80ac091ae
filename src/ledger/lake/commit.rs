//! Commits: what makes files that were written before the current state of a table.

use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::result::Error;

use super::tables::{PublishedTable, Snapshot, TableName};
use crate::db::schema::{iceberg_tables, lake_files, lake_snapshots, lake_tables};

/// Namespace of the tables in the catalog.
const NAMESPACE: &str = "feeds";

/// A new version of a table's metadata, and what comes with it.
#[derive(Debug)]
pub struct Commit<'c> {
    /// The table afterwards.
    pub table: &'c PublishedTable,
    /// URL of its metadata file.
    pub location: &'c str,
    /// URL of the metadata file before; none for a table's first.
    pub old_location: Option<&'c str>,
    /// Key of the metadata file before.
    pub old_key: Option<&'c str>,
    /// Keys of the files of metadata that are written for it.
    pub metadata: &'c [String],
    /// The snapshot that becomes current, if it is a new one.
    pub snapshot: Option<&'c Snapshot>,
    /// Keys of the files of rows that it adds.
    pub added: &'c [String],
    /// Keys of those that it removes.
    pub removed: &'c [String],
    /// Snapshots that expire: those that were superseded before.
    pub expired_before: Option<DateTime<Utc>>,
}

/// Commits a version in one transaction; returns whether it did: it does not where the catalog's pointer is not at the metadata
/// file before.
pub fn commit(connection: &mut PgConnection, name: TableName<'_>, commit: &Commit<'_>) -> QueryResult<bool> {
    let committed = connection.transaction(|connection| {
        if !move_pointer(connection, name, commit)? {
            return Err(Error::RollbackTransaction);
        }
        diesel::insert_into(lake_tables::table)
            .values((lake_tables::catalog.eq(name.catalog), lake_tables::feed.eq(name.feed), commit.table))
            .on_conflict((lake_tables::catalog, lake_tables::feed))
            .do_update()
            .set(commit.table)
            .execute(connection)?;
        match commit.snapshot {
            Some(snapshot) => {
                supersede(connection, name)?;
                add_snapshot(connection, name, snapshot)?;
                remove_files(connection, name, commit.removed)?;
            }
            None => remove_files(
                connection,
                name,
                &commit.old_key.map(ToOwned::to_owned).into_iter().collect::<Vec<_>>(),
            )?,
        }
        let new = commit.metadata.iter().chain(commit.added);
        // Metadata without a new snapshot belong to none, but are committed all the same.
        let (sequence, snapshot_id) =
            commit.snapshot.map_or((0, None), |new| (new.sequence, Some(new.snapshot_id)));
        diesel::update(lake_files::table)
            .filter(lake_files::catalog.eq(name.catalog).and(lake_files::feed.eq(name.feed)))
            .filter(lake_files::key.eq_any(new))
            .set((lake_files::sequence.eq(sequence), lake_files::snapshot_id.eq(snapshot_id)))
            .execute(connection)?;
        if let Some(before) = commit.expired_before {
            expire(connection, name, before)?;
        }
        Ok(true)
    });
    match committed {
        Err(Error::RollbackTransaction) => Ok(false),
        other => other,
    }
}

/// Returns whether the pointer was where it was expected.
fn move_pointer(
    connection: &mut PgConnection,
    name: TableName<'_>,
    commit: &Commit<'_>,
) -> QueryResult<bool> {
    let moved = match commit.old_location {
        None => diesel::insert_into(iceberg_tables::table)
            .values((
                iceberg_tables::catalog_name.eq(name.catalog),
                iceberg_tables::table_namespace.eq(NAMESPACE),
                iceberg_tables::table_name.eq(name.feed),
                iceberg_tables::metadata_location.eq(commit.location),
                iceberg_tables::iceberg_type.eq("TABLE"),
            ))
            .on_conflict_do_nothing()
            .execute(connection)?,
        Some(old) => diesel::update(iceberg_tables::table.find((name.catalog, NAMESPACE, name.feed)))
            .filter(iceberg_tables::metadata_location.eq(old))
            .set((
                iceberg_tables::metadata_location.eq(commit.location),
                iceberg_tables::previous_metadata_location.eq(old),
            ))
            .execute(connection)?,
    };
    Ok(moved == 1)
}

/// The snapshot that was current, and the metadata of it, are no longer.
fn supersede(connection: &mut PgConnection, name: TableName<'_>) -> QueryResult<()> {
    diesel::update(lake_snapshots::table)
        .filter(lake_snapshots::catalog.eq(name.catalog).and(lake_snapshots::feed.eq(name.feed)))
        .filter(lake_snapshots::superseded_at.is_null())
        .set(lake_snapshots::superseded_at.eq(now))
        .execute(connection)?;
    diesel::update(lake_files::table)
        .filter(lake_files::catalog.eq(name.catalog).and(lake_files::feed.eq(name.feed)))
        .filter(lake_files::part.is_null().and(lake_files::removed_at.is_null()))
        .filter(lake_files::sequence.is_not_null())
        .set(lake_files::removed_at.eq(now))
        .execute(connection)
        .map(drop)
}

fn add_snapshot(connection: &mut PgConnection, name: TableName<'_>, snapshot: &Snapshot) -> QueryResult<()> {
    diesel::insert_into(lake_snapshots::table)
        .values((lake_snapshots::catalog.eq(name.catalog), lake_snapshots::feed.eq(name.feed), snapshot))
        .execute(connection)
        .map(drop)
}

fn remove_files(connection: &mut PgConnection, name: TableName<'_>, keys: &[String]) -> QueryResult<()> {
    diesel::update(lake_files::table)
        .filter(lake_files::catalog.eq(name.catalog).and(lake_files::feed.eq(name.feed)))
        .filter(lake_files::key.eq_any(keys))
        .set(lake_files::removed_at.eq(now))
        .execute(connection)
        .map(drop)
}

fn expire(connection: &mut PgConnection, name: TableName<'_>, before: DateTime<Utc>) -> QueryResult<()> {
    let expired = lake_snapshots::table
        .filter(lake_snapshots::catalog.eq(name.catalog).and(lake_snapshots::feed.eq(name.feed)))
        .filter(lake_snapshots::superseded_at.lt(before));
    diesel::delete(expired).execute(connection).map(drop)
}

/// Records that a table has all that was committed before a time, where no file had to change for it.
pub fn mark_complete(
    connection: &mut PgConnection,
    name: TableName<'_>,
    read_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(lake_tables::table.find((name.catalog, name.feed)))
        .set(lake_tables::read_at.eq(read_at))
        .execute(connection)
        .map(drop)
}
