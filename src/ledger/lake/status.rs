//! What published tables have, and what they lack.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text, Timestamptz};

/// The state of a published table.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct LakeStatus {
    /// Name of the catalog.
    #[diesel(sql_type = Text)]
    pub catalog: String,
    /// The feed.
    #[diesel(sql_type = Text)]
    pub feed: String,
    /// Where it is.
    #[diesel(sql_type = Text)]
    pub destination: String,
    /// What was committed before is in it.
    #[diesel(sql_type = Timestamptz)]
    pub read_at: DateTime<Utc>,
    /// Files of rows.
    #[diesel(sql_type = BigInt)]
    pub files: i64,
    /// Rows in them.
    #[diesel(sql_type = BigInt)]
    pub records: i64,
    /// Their size in bytes.
    #[diesel(sql_type = BigInt)]
    pub size: i64,
    /// Parts that have changed since.
    #[diesel(sql_type = BigInt)]
    pub stale_parts: i64,
}

/// Every published table.
pub fn lake_status(connection: &mut PgConnection) -> QueryResult<Vec<LakeStatus>> {
    sql_query(
        "WITH files AS (
             SELECT * FROM lake_files WHERE part IS NOT NULL AND sequence IS NOT NULL AND removed_at IS NULL
         )
         SELECT catalog, feed, destination, read_at, count(key) AS files, coalesce(sum(records), 0)::bigint AS records,
                coalesce(sum(size), 0)::bigint AS size,
                count(*) FILTER (WHERE stale.is_stale) AS stale_parts
         FROM lake_tables
         LEFT JOIN feed_parts USING (feed)
         LEFT JOIN files USING (catalog, feed, part)
         CROSS JOIN LATERAL (
             -- A part without rows needs no file.
             SELECT CASE WHEN key IS NULL THEN row_count > 0 ELSE files.changes <> feed_parts.changes END AS is_stale
         ) AS stale
         WHERE version > 0
         GROUP BY catalog, feed, destination, read_at
         ORDER BY catalog, feed",
    )
    .load(connection)
}
