//! A connection that can only read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::{ConnectionError, PgConnection, QueryResult};

use crate::db::Connector;

/// A connection that can only read, counted for as long as it is open.
pub(super) struct Reader {
    connection: PgConnection,
    open: Arc<AtomicUsize>,
    /// Whether it was never used.
    pub(super) is_fresh: bool,
    pub(super) idle_since: Instant,
}

impl Reader {
    pub(super) fn open(connector: &Connector, open: Arc<AtomicUsize>) -> Result<Self, ConnectionError> {
        let mut connection = connector.connect()?;
        connection
            .batch_execute(
                // The queries are few and their plans do not depend on parameters: planning each time takes
                // longer than running them. A single statement needs no transaction to read one snapshot.
                "SET plan_cache_mode = force_generic_plan; SET default_transaction_read_only = on;
                 SET statement_timeout = '10s'",
            )
            .map_err(ConnectionError::CouldntSetupConfiguration)?;
        open.fetch_add(1, Ordering::Relaxed);
        Ok(Self { connection, open, is_fresh: true, idle_since: Instant::now() })
    }

    pub(super) fn run<T>(
        &mut self,
        query: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> QueryResult<T> {
        query(&mut self.connection)
    }

    /// Whether it can be used again: it is not in the middle of a transaction, nor lost.
    pub(super) fn is_usable(&mut self) -> bool {
        !AnsiTransactionManager::is_broken_transaction_manager(&mut self.connection)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether the server has closed the connection, as a restart closes all.
pub(super) fn is_closed<T>(result: &QueryResult<T>) -> bool {
    use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
    matches!(
        result,
        Err(Error::DatabaseError(ClosedConnection | UnableToSendCommand, _) | Error::BrokenTransactionManager)
    )
}
