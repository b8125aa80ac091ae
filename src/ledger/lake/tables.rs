//! Published tables and their snapshots.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;
use uuid::Uuid;

use crate::db::schema::{lake_snapshots, lake_tables};

/// A table: a feed in a catalog.
#[derive(Clone, Copy, Debug, Insertable)]
#[diesel(table_name = lake_tables)]
pub struct TableName<'n> {
    /// Name of the catalog.
    pub catalog: &'n str,
    /// The feed.
    pub feed: &'n str,
}

/// A published table.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = lake_tables)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct PublishedTable {
    pub destination: String,
    pub uuid: Uuid,
    pub version: i64,
    pub metadata_key: String,
    pub schemas: Value,
    pub read_at: DateTime<Utc>,
}

/// A snapshot that did not expire.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = lake_snapshots)]
#[expect(missing_docs, reason = "the migration comments every column")]
pub struct Snapshot {
    pub sequence: i64,
    pub snapshot_id: i64,
    pub parent_id: Option<i64>,
    pub read_at: DateTime<Utc>,
    pub schema_id: i32,
    pub manifest_list_key: String,
    pub summary: Value,
    pub superseded_at: Option<DateTime<Utc>>,
}

/// The table, if it was ever published.
pub fn published_table(
    connection: &mut PgConnection,
    name: TableName<'_>,
) -> QueryResult<Option<PublishedTable>> {
    let table = lake_tables::table.find((name.catalog, name.feed));
    table.select(PublishedTable::as_select()).first(connection).optional()
}

/// Records a table that is about to be published for the first time; returns it, or what another recorded before.
pub fn register_table(
    connection: &mut PgConnection,
    name: TableName<'_>,
    table: &PublishedTable,
) -> QueryResult<PublishedTable> {
    diesel::insert_into(lake_tables::table)
        .values((name, table))
        .on_conflict_do_nothing()
        .execute(connection)?;
    published_table(connection, name)?.ok_or(diesel::result::Error::NotFound)
}

/// The snapshots that did not expire, oldest first.
pub fn snapshots(connection: &mut PgConnection, name: TableName<'_>) -> QueryResult<Vec<Snapshot>> {
    lake_snapshots::table
        .filter(lake_snapshots::catalog.eq(name.catalog).and(lake_snapshots::feed.eq(name.feed)))
        .order(lake_snapshots::sequence)
        .select(Snapshot::as_select())
        .load(connection)
}

impl Snapshot {
    /// Whether another snapshot had superseded it before a time.
    pub fn is_expired(&self, before: DateTime<Utc>) -> bool {
        self.superseded_at.is_some_and(|at| at < before)
    }
}
