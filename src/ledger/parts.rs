//! How often the parts of a feed changed, which tells what has to be published or extracted again, and how many rows they have.

use std::collections::BTreeMap;

use diesel::sql_types::{Array, BigInt, Text};
use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_query};
use serde::Serialize;

/// The parts of which rows changed, each with the rows added less those removed: 0 if only values changed.
pub type PartChanges = BTreeMap<String, i64>;

/// A part of which Postgres does not have all rows that landed: a partition was dropped, and later some rows of it landed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncompletePart {
    /// Its name.
    pub part: String,
    /// Rows that landed.
    pub landed: i64,
    /// Those that are stored.
    pub stored: i64,
}

/// Counts a change of some parts' rows. Must run in the transaction that changes them: whoever sees the rows of before
/// sees the number of before.
pub fn count_changes(connection: &mut PgConnection, feed: &str, changes: &PartChanges) -> QueryResult<()> {
    if changes.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO feed_parts AS known (feed, part, changes, row_count)
         SELECT $1, part, 1, added FROM unnest($2, $3) AS change (part, added)
         ON CONFLICT (feed, part) DO UPDATE
         SET changes = known.changes + 1, row_count = known.row_count + excluded.row_count",
    )
    .bind::<Text, _>(feed)
    .bind::<Array<Text>, _>(changes.keys().collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(changes.values().collect::<Vec<_>>())
    .execute(connection)
    .map(drop)
}
