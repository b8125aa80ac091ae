//! How often the parts of a feed changed, which tells what has to be extracted again.

use std::collections::BTreeSet;

use diesel::sql_types::{Array, Text};
use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_query};

/// Counts a change of some parts' rows. Must run in the transaction that changes them: whoever sees the rows of before
/// sees the number of before.
pub fn count_changes(connection: &mut PgConnection, feed: &str, parts: &BTreeSet<String>) -> QueryResult<()> {
    if parts.is_empty() {
        return Ok(());
    }
    sql_query(
        "INSERT INTO feed_parts AS known (feed, part, changes) SELECT $1, part, 1 FROM unnest($2) AS part
         ON CONFLICT (feed, part) DO UPDATE SET changes = known.changes + 1",
    )
    .bind::<Text, _>(feed)
    .bind::<Array<Text>, _>(parts.iter().collect::<Vec<_>>())
    .execute(connection)
    .map(drop)
}
