//! Questions of several statements, all of which see the same.

use diesel::PgConnection;
use diesel::result::Error;

/// Asks a question on one snapshot: each of its statements sees what was committed when the first began.
pub fn snapshot<T, E: From<Error>>(
    connection: &mut PgConnection,
    question: impl FnOnce(&mut PgConnection) -> Result<T, E>,
) -> Result<T, E> {
    connection.build_transaction().repeatable_read().read_only().run(question)
}
