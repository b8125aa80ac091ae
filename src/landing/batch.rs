//! One batch, one transaction: rows and ledger entries are committed together or not at all.

use std::time::Duration;

use diesel::result::Error;
use diesel::{Connection, PgConnection};

use crate::db::sqlstate::Cause;
use crate::db::{self, DatabaseUrl};
use crate::feed::{Lander, Refusal};

use super::fetch::{Fetched, fetch};
use super::refused;
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

type Batch<'t> = Vec<(&'t Task, Fetched)>;

impl<'d> Batcher<'d> {
    pub(super) fn new(database: &'d DatabaseUrl) -> Self {
        Self { database, open: None }
    }

    /// Lands a batch of one feed, and tells what became of each of its dumps.
    ///
    /// When the database refuses what a batch says, each of its dumps is landed in a transaction of its own:
    /// only so does it show which one is to blame, and only so do the others land.
    pub(super) fn land(
        &mut self,
        batch: Batch<'_>,
        stop: &Stop,
        mut tell: impl FnMut(&Task, Outcome),
    ) -> Result<(), LandingError> {
        let tasks: Vec<&Task> = batch.iter().map(|(task, _)| *task).collect();
        let fetch_all = || tasks.iter().map(|task| (*task, fetch(task, stop))).collect();
        match self.land_patiently(batch, fetch_all, stop) {
            Ok(outcomes) => {
                for (task, outcome) in tasks.into_iter().zip(outcomes) {
                    if let Some(outcome) = outcome {
                        tell(task, outcome);
                    }
                }
            }
            Err(LandingError::Database(error)) if Cause::of(&error) == Cause::Data => {
                tracing::debug!(dumps = tasks.len(), %error, "landing the dumps of a refused batch one by one");
                for task in tasks {
                    if let Some(outcome) = self.land_alone(task, stop)? {
                        tell(task, outcome);
                    }
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Lands one dump, or rejects it with the database's reason.
    fn land_alone(&mut self, task: &Task, stop: &Stop) -> Result<Option<Outcome>, LandingError> {
        let fetched = fetch(task, stop);
        let (object, sha256, known) = match &fetched {
            Fetched::Decoded { object, sha256, .. } => (object.clone(), Some(*sha256), None),
            Fetched::Rejected { object, sha256, refusal } => (object.clone(), *sha256, Some(refusal.clone())),
            // Nothing of it is going to be stored.
            _ => (task.object.clone(), None, None),
        };
        let landed = self.land_patiently(vec![(task, fetched)], || vec![(task, fetch(task, stop))], stop);
        let refusal = match landed.map_err(refused) {
            Ok(outcomes) => return Ok(outcomes.into_iter().next().flatten()),
            Err(Ok(refusal)) => known.unwrap_or(refusal),
            Err(Err(error)) => return Err(error),
        };
        // What the decoder found may quote what the database cannot hold.
        for refusal in [refusal.clone(), refused::in_ascii(&refusal)] {
            let rejected = || {
                vec![(task, Fetched::Rejected { object: object.clone(), sha256, refusal: refusal.clone() })]
            };
            match self.land_patiently(rejected(), rejected, stop).map_err(refused) {
                Ok(outcomes) => return Ok(outcomes.into_iter().next().flatten()),
                Err(Ok(_)) => {}
                Err(Err(error)) => return Err(error),
            }
        }
        let key: String = task.object.key.chars().take(200).collect();
        tracing::warn!(
            ?key,
            "the ledger cannot hold this key: the object is rejected anew at each run; rename it"
        );
        Ok(Some(Outcome::Rejected(refusal)))
    }

    /// Lands a batch, again and again where that can help; answers in the order of the batch.
    ///
    /// A batch that failed is fetched and tried again whole: keeping it until it is known to have
    /// landed would take twice the memory. Should the connection break while it commits, the second
    /// try finds in the ledger whether the first one got through.
    fn land_patiently<'t>(
        &mut self,
        mut batch: Batch<'t>,
        again: impl Fn() -> Batch<'t>,
        stop: &Stop,
    ) -> Result<Vec<Option<Outcome>>, LandingError> {
        let mut attempt = 1;
        loop {
            let error = match self.try_land(batch) {
                Ok(outcomes) => return Ok(outcomes),
                Err(error) => error,
            };
            // A new connection and a new lander: neither remembers anything rolled back.
            self.open = None;
            if attempt >= attempts(&error) || stop.is_set() {
                return Err(error);
            }
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::warn!(attempt, %error, cause, "the database did not take a batch, trying again");
            stop.sleep(FIRST_PAUSE * 2_u32.pow(attempt - 1));
            attempt += 1;
            batch = again();
        }
    }

    fn try_land(&mut self, batch: Batch<'_>) -> Result<Vec<Option<Outcome>>, LandingError> {
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

/// The refusal that an error is, or the error if it is none.
fn refused(error: LandingError) -> Result<Refusal, LandingError> {
    match &error {
        LandingError::Database(cause) => refused::refusal(cause).ok_or(error),
        LandingError::Connection(_) => Err(error),
    }
}

/// How often a batch that fails like this is tried.
fn attempts(error: &LandingError) -> u32 {
    match error {
        LandingError::Connection(_) | LandingError::Database(Error::RollbackErrorOnCommit { .. }) => PATIENT,
        LandingError::Database(error) => match (Cause::of(error), error) {
            (Cause::Data, _) => 1,
            (Cause::Passing, _) => PATIENT,
            // A disk may be given room while this waits.
            (Cause::Server, Error::DatabaseError(..)) => 3,
            (Cause::Server, _) => 1,
        },
    }
}
