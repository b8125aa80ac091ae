//! One batch, one transaction: rows and ledger entries are committed together or not at all.

use std::time::Duration;

use diesel::result::DatabaseErrorKind;
use diesel::{Connection, PgConnection};

use crate::db::{self, DatabaseUrl};
use crate::feed::Lander;

use super::fetch::{Fetched, fetch};
use super::transaction::{Outcome, Transaction};
use super::{LandingError, Stop, Task};

/// How often a batch is tried when the server cannot be reached; with the pauses between, that takes half a minute.
const PATIENT: u32 = 7;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Lands batch after batch.
pub(super) struct Batcher<'d> {
    database: &'d DatabaseUrl,
    open: Option<(PgConnection, &'static str, Box<dyn Lander>)>,
}

impl<'d> Batcher<'d> {
    pub(super) fn new(database: &'d DatabaseUrl) -> Self {
        Self { database, open: None }
    }

    /// Lands a batch of one feed, and tells what became of each of its dumps.
    ///
    /// A batch that failed is fetched and tried again whole: keeping it until it is known to have
    /// landed would take twice the memory. Should the connection break while it commits, the second
    /// try finds in the ledger whether the first one got through.
    pub(super) fn land(
        &mut self,
        mut batch: Vec<(&Task, Fetched)>,
        stop: &Stop,
        mut tell: impl FnMut(&Task, Outcome),
    ) -> Result<(), LandingError> {
        let tasks: Vec<&Task> = batch.iter().map(|(task, _)| *task).collect();
        let mut attempt = 1;
        let outcomes = loop {
            match self.try_land(batch) {
                Ok(outcomes) => break outcomes,
                Err(error) => {
                    // A new connection and a new lander: neither remembers anything rolled back.
                    self.open = None;
                    if attempt >= attempts(&error) || stop.is_set() {
                        return Err(error);
                    }
                    tracing::warn!(attempt, %error, "the database did not take a batch, trying again");
                    stop.sleep(FIRST_PAUSE * 2_u32.pow(attempt - 1));
                    attempt += 1;
                    batch = tasks.iter().map(|task| (*task, fetch(task, stop))).collect();
                }
            }
        };
        for (task, outcome) in tasks.into_iter().zip(outcomes) {
            if let Some(outcome) = outcome {
                tell(task, outcome);
            }
        }
        Ok(())
    }

    fn try_land(&mut self, batch: Vec<(&Task, Fetched)>) -> Result<Vec<Option<Outcome>>, LandingError> {
        let Some(feed) = batch.first().map(|(task, _)| task.feed) else {
            return Ok(Vec::new());
        };
        let connected = match self.open.take() {
            Some(open) if open.1 == feed.name() => open,
            _ => (db::connect(self.database)?, feed.name(), feed.lander()),
        };
        let (connection, _, lander) = self.open.insert(connected);
        let batch = batch.into_iter().map(|(task, fetched)| (task.delivery(), fetched)).collect::<Vec<_>>();
        // The ledger entries are written in the transaction of the rows they vouch for: there is
        // never a row without its entry, nor an entry without its rows.
        Ok(connection.transaction(|connection| {
            db::lock_feed(connection, feed.name())?;
            Transaction::open(connection, feed, &batch)?.land(connection, lander.as_mut(), batch)
        })?)
    }
}

/// How often a batch that fails like this is tried.
fn attempts(error: &LandingError) -> u32 {
    use diesel::result::Error;
    match error {
        LandingError::Connection(_) => PATIENT,
        LandingError::Database(Error::DatabaseError(kind, _)) => match kind {
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::SerializationFailure => PATIENT,
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::ExclusionViolation => 1,
            // A full disk, a server shutting down, but missing rights too: diesel does not tell them apart.
            _ => 3,
        },
        LandingError::Database(Error::BrokenTransactionManager | Error::RollbackErrorOnCommit { .. }) => {
            PATIENT
        }
        LandingError::Database(_) => 1,
    }
}
