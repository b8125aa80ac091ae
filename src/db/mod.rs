//! The database: connections, migrations, the ledger.

pub mod binary_copy;
pub mod coverage;
mod free_connections;
pub mod ledger;
mod ledger_changes;
mod migrations;
mod readers;
#[expect(missing_docs, reason = "the migrations comment every column")]
pub mod schema;
mod snapshot;
pub mod sqlstate;
mod url;
mod visible;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Integer, Text};
use diesel::{
    Connection, ConnectionError, ConnectionResult, PgConnection, QueryResult, RunQueryDsl, sql_query,
};

pub use free_connections::free_connections;
pub use ledger_changes::{LedgerState, ledger_state};
pub use migrations::{MigrateError, check_encoding, is_current, migrate, migrate_within};
pub use readers::{Parts, ReadError, Readers};
pub use snapshot::snapshot;
pub use url::DatabaseUrl;
pub use visible::{SchemaError, check_tables};

/// Opens a connection as Landfall needs it.
pub fn connect(url: &DatabaseUrl) -> ConnectionResult<PgConnection> {
    let mut connection = PgConnection::establish(url.secret()).map_err(in_one_line)?;
    connection
        .batch_execute(
            // A lander that hangs with its transaction open would block all others: the server ends it.
            // Under another isolation, what is read after waiting for the feed's lock would be from before.
            // Landing asks many small things: compiling or parallelizing them takes longer than they do.
            "SET TIME ZONE 'UTC'; SET default_transaction_isolation = 'read committed'; SET jit = off; SET max_parallel_workers_per_gather = 0;
             SET idle_in_transaction_session_timeout = '5min';
             SET client_min_messages = 'warning'; SET application_name = 'landfall'",
        )
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// libpq writes several lines, and asks back what only the reader can know.
fn in_one_line(error: ConnectionError) -> ConnectionError {
    match error {
        ConnectionError::BadConnection(text) => {
            let lines = text.lines().map(str::trim);
            let lines: Vec<&str> =
                lines.filter(|line| !line.is_empty() && !line.starts_with("Is the server running")).collect();
            ConnectionError::BadConnection(lines.join(", "))
        }
        other => other,
    }
}

/// Takes a feed's lock until the transaction ends, so that landings of one feed follow one another.
///
/// Whatever happens inside sees all that landed before; no two importers ever weigh the same rows at once.
pub fn lock_feed(connection: &mut PgConnection, feed: &str) -> QueryResult<()> {
    sql_query("SELECT pg_advisory_xact_lock($1, hashtext($2))")
        .bind::<Integer, _>(LOCK_SPACE)
        .bind::<Text, _>(feed)
        .execute(connection)
        .map(drop)
}

/// Keeps Landfall's advisory locks apart from those of others in the same database ("land").
const LOCK_SPACE: i32 = 0x6c61_6e64;
