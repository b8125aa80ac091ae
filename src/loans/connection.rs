//! Connections to the operational database.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{ConnectionError, ConnectionResult, PgConnection};

use crate::db::{self, DatabaseUrl};

/// How long to wait for a lock, which only a change of a table holds.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens a connection that cannot change anything.
pub fn connect(url: &DatabaseUrl, statement_timeout: Duration) -> ConnectionResult<PgConnection> {
    let mut connection = db::connect(url)?;
    connection
        .batch_execute(&format!(
            // A policy that hides rows from the role is an error, instead of other numbers.
            "SET default_transaction_read_only = on; SET row_security = off;
             SET statement_timeout = {}; SET lock_timeout = {}; SET application_name = 'landfall extract loans'",
            statement_timeout.as_millis(),
            LOCK_TIMEOUT.as_millis()
        ))
        .map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}
