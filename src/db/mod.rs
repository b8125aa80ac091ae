//! The database: connections, migrations, locks, roles.

pub mod binary_copy;
mod connector;
mod free_connections;
mod locks;
mod migrations;
mod partitions;
mod rds_token;
mod readers;
mod refused;
mod roles;
#[expect(missing_docs, reason = "the migrations comment every column")]
pub mod schema;
mod snapshot;
pub mod sqlstate;
mod url;
mod visible;

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, ConnectionResult, PgConnection};

pub use connector::Connector;
pub use free_connections::free_connections;
pub use locks::{lock_feed, lock_scopes, lock_until_closed};
pub use migrations::{MigrateError, check_encoding, is_current, migrate, migrate_within};
pub use partitions::partitions;
pub use rds_token::{Login, rds_token, region_of};
pub use readers::{Parts, ReadError, Readers};
pub use refused::is_password_refused;
pub use roles::{Roles, RolesError, set_up_roles};
pub use snapshot::snapshot;
pub use url::{DatabaseUrl, Password, Passwords};
pub use visible::{SchemaError, check_tables};

/// Opens a connection as Landfall needs it.
pub fn connect(url: &DatabaseUrl) -> ConnectionResult<PgConnection> {
    let login = url.for_login().map_err(ConnectionError::BadConnection)?;
    let mut connection = PgConnection::establish(&login).map_err(refused::in_one_line)?;
    connection
        .batch_execute(
            // A writer that hangs with its transaction open would block all others: the server ends it.
            // So would one that was lost in the middle of sending rows, for the two hours after which TCP asks for it.
            // Under a higher isolation, reads after waiting for a lock would see the state from before it.
            // Imports send many small queries: compiling or parallelizing them takes longer than running them.
            "SET TIME ZONE 'UTC'; SET default_transaction_isolation = 'read committed'; SET jit = off; SET max_parallel_workers_per_gather = 0;
             SET idle_in_transaction_session_timeout = '5min';
             SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4; SET tcp_user_timeout = '30s';
             SET client_min_messages = 'warning'; SET application_name = 'landfall'",
        )
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}
