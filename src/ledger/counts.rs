//! What the ledger says that there is.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

/// What has been imported of one feed.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct FeedCounts {
    /// Name of the feed.
    #[diesel(sql_type = Text)]
    pub feed: String,
    /// Dump revisions that landed, those that were replaced or withdrawn since included.
    #[diesel(sql_type = BigInt)]
    pub dumps: i64,
    /// Their records.
    #[diesel(sql_type = BigInt)]
    pub records: i64,
    /// Revisions of these that were withdrawn since that instant: their rows do not count, though they did then.
    #[diesel(sql_type = BigInt)]
    pub withdrawn_since: i64,
    /// The rows that should be there.
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
}

/// The counts of each feed of which something has landed, until an instant if there is one.
pub fn feed_counts(
    connection: &mut PgConnection,
    until: Option<DateTime<Utc>>,
) -> QueryResult<Vec<FeedCounts>> {
    sql_query(
        "SELECT feed, count(*) AS dumps, sum(records)::bigint AS records,
                count(*) FILTER (WHERE withdrawn_at > $1) AS withdrawn_since,
                sum(rows_new - rows_removed)::bigint AS rows
         FROM ledger WHERE landed_at IS NOT NULL AND landed_at <= coalesce($1, 'infinity')
         GROUP BY feed ORDER BY feed",
    )
    .bind::<Nullable<Timestamptz>, _>(until)
    .load(connection)
}
