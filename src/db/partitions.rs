//! Partitions of a table.

use diesel::sql_types::Text;
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

/// The names of a table's partitions, in any order; detached ones are none.
pub fn partitions(connection: &mut PgConnection, table: &str) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Partition {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let partitions: Vec<Partition> = sql_query(
        "SELECT relname::text AS name FROM pg_inherits JOIN pg_class ON oid = inhrelid
         WHERE inhparent = to_regclass($1)",
    )
    .bind::<Text, _>(table)
    .load(connection)?;
    Ok(partitions.into_iter().map(|Partition { name }| name).collect())
}
