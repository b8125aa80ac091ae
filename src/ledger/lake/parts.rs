//! The parts of a feed as one snapshot of the database shows them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::dsl::{exists, max, now};
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;

use crate::db::schema::{feed_parts, ledger};

/// How often the rows of a part changed, and how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartCount {
    /// The changes.
    pub changes: i64,
    /// The rows that landed and were not removed since.
    pub rows: i64,
}

/// What is to be published of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LakeSource {
    /// What was committed before is in it.
    pub read_at: DateTime<Utc>,
    /// The last entry of the ledger; 0 if there is none.
    pub ledger_id: i32,
    /// Every part that ever had rows.
    pub parts: BTreeMap<String, PartCount>,
}

/// Whether a feed has rows.
pub fn has_rows(connection: &mut PgConnection, feed: &str) -> QueryResult<bool> {
    let parts = feed_parts::table.filter(feed_parts::feed.eq(feed)).filter(feed_parts::row_count.gt(0));
    diesel::select(exists(parts)).get_result(connection)
}

/// What the transaction, which must be a snapshot, sees of a feed.
pub fn lake_source(connection: &mut PgConnection, feed: &str) -> QueryResult<LakeSource> {
    let read_at = diesel::select(now.into_sql::<Timestamptz>()).get_result(connection)?;
    let ledger_id: Option<i32> =
        ledger::table.filter(ledger::feed.eq(feed)).select(max(ledger::id)).get_result(connection)?;
    let parts: Vec<(String, i64, i64)> = feed_parts::table
        .filter(feed_parts::feed.eq(feed))
        .select((feed_parts::part, feed_parts::changes, feed_parts::row_count))
        .load(connection)?;
    let parts = parts.into_iter().map(|(part, changes, rows)| (part, PartCount { changes, rows }));
    Ok(LakeSource { read_at, ledger_id: ledger_id.unwrap_or_default(), parts: parts.collect() })
}
