//! A connection and the writer that uses it.

use diesel::result::Error;
use diesel::{Connection, PgConnection, QueryResult};

use super::error::IngestError;
use super::fetch_outcome::FetchOutcome;
use super::lock_wait::{backend_pid, lock_scopes};
use super::outcome::Outcome;
use super::stop::Stop;
use super::task::Task;
use super::transaction::write_batch;
use crate::db::DatabaseUrl;
use crate::feed::{TypedFeed, WriteError, Writer};

/// Fetched dumps, each with its task.
pub(super) type Batch<'t, C> = Vec<(&'t Task, FetchOutcome<C>)>;

/// A connection and the writer that uses it.
pub(super) struct Session<F: TypedFeed> {
    pub(super) connection: PgConnection,
    pub(super) writer: F::Writer,
    /// The number of the connection's process in the server.
    pid: i32,
}

impl<F: TypedFeed> Session<F> {
    pub(super) fn new(mut connection: PgConnection, writer: F::Writer) -> QueryResult<Self> {
        let pid = backend_pid(&mut connection)?;
        Ok(Self { connection, writer, pid })
    }

    /// Commits a batch; returns what became of its dumps, in its order. Nothing if the run was to stop before the locks were
    /// free: then all are left for the next run.
    pub(super) fn commit(
        &mut self,
        feed: &F,
        batch: Batch<'_, F::Content>,
        database: &DatabaseUrl,
        stop: &Stop,
    ) -> Result<Option<Vec<Option<Outcome>>>, IngestError> {
        let Self { connection, writer, pid } = self;
        let contents: Vec<_> = batch.iter().filter_map(|(_, fetched)| fetched.content()).collect();
        writer.prepare(connection, &contents)?;
        let batch: Vec<_> = batch.into_iter().map(|(task, fetched)| (task.delivery(), fetched)).collect();
        // The ledger entries are written in the transaction of the rows they are about: there is
        // never a row without its entry, nor an entry without its rows.
        let written = connection.transaction(|connection| {
            let scopes = batch.iter().map(|(delivery, _)| delivery.scope());
            match lock_scopes(connection, *pid, feed.name(), scopes, database, stop)? {
                true => write_batch(connection, feed, writer, batch),
                false => Err(WriteError::Database(Error::RollbackTransaction)),
            }
        });
        match written {
            Err(WriteError::Database(Error::RollbackTransaction)) => Ok(None),
            written => Ok(Some(written?)),
        }
    }
}
