//! How many more connections a server accepts.

use diesel::sql_types::BigInt;
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

/// How many more connections the server accepts from this role and database, without those reserved for superusers.
///
/// The smallest limit counts: that of the server, the role or the database.
pub fn free_connections(connection: &mut PgConnection) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Free {
        #[diesel(sql_type = BigInt)]
        free: i64,
    }
    // pg_stat_database is open to every role, and counts the sessions of all; that it counts autovacuum as well only
    // makes the result smaller. Superusers are not bound by the limits of roles and databases.
    let Free { free } = sql_query(
        "SELECT least(
             current_setting('max_connections')::bigint
                 - current_setting('superuser_reserved_connections')::bigint
                 - coalesce(current_setting('reserved_connections', true), '0')::bigint
                 - (SELECT sum(numbackends) FROM pg_stat_database),
             CASE WHEN NOT rolsuper AND rolconnlimit >= 0 THEN
                 rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usesysid = pg_roles.oid)
             END,
             CASE WHEN NOT rolsuper AND datconnlimit >= 0 THEN
                 datconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE datid = pg_database.oid)
             END
         )::bigint AS free
         FROM pg_roles, pg_database
         WHERE rolname = session_user AND datname = current_database()",
    )
    .get_result(connection)?;
    Ok(free)
}
