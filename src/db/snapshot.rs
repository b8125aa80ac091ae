//! Queries of several statements that see the same data.

use diesel::PgConnection;
use diesel::result::Error;

/// Runs a query on one snapshot: each of its statements sees what was committed when the first began.
pub fn snapshot<T, E: From<Error>>(
    connection: &mut PgConnection,
    query: impl FnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, E> {
    connection.build_transaction().repeatable_read().read_only().run(query)
}
