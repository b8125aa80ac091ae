//! One batch, one transaction: rows and ledger entries are committed together or not at all.

use std::time::Duration;

use diesel::result::Error;

use super::error::IngestError;
use super::fetch::fetch;
use super::fetch_outcome::FetchOutcome;
use super::outcome::Outcome;
use super::session::{Batch, Session};
use super::stop::Stop;
use super::task::Task;
use super::unstorable;
use crate::db::sqlstate::Cause;
use crate::db::{self, DatabaseUrl};
use crate::feed::{Rejection, TypedFeed};

/// How often a batch is tried when the server cannot be reached; with the pauses between, that takes half a minute.
const MAX_ATTEMPTS: u32 = 7;
/// How often a batch is tried when the server cannot do its work, for want of disk for instance.
const MAX_ATTEMPTS_SERVER: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// Commits batch after batch of one feed.
pub(super) struct Committer<'c, F: TypedFeed> {
    feed: &'c F,
    database: &'c DatabaseUrl,
    open: Option<Session<F>>,
}

/// The result of committing one dump.
enum Attempt {
    /// It is committed; nothing if it is left for the next run.
    Committed(Option<Outcome>),
    /// The database cannot store it, and why.
    Unstorable(Rejection),
}

impl<'c, F: TypedFeed> Committer<'c, F> {
    pub(super) fn new(feed: &'c F, database: &'c DatabaseUrl) -> Self {
        Self { feed, database, open: None }
    }

    /// Commits a batch, and reports what became of each of its dumps.
    ///
    /// When the database refuses to store what a batch says, each of its dumps is committed in a transaction of its
    /// own: only that shows which one is to blame, and only so are the others imported.
    pub(super) fn commit(
        &mut self,
        batch: Batch<'_, F::Content>,
        stop: &Stop,
        mut report: impl FnMut(&Task, Outcome),
    ) -> Result<(), IngestError> {
        let tasks: Vec<&Task> = batch.iter().map(|(task, _)| *task).collect();
        let feed = self.feed;
        let fetch_all = || tasks.iter().map(|task| (*task, fetch(feed, task, stop))).collect();
        match self.commit_with_retries(batch, fetch_all, stop) {
            Ok(outcomes) => {
                for (task, outcome) in tasks.into_iter().zip(outcomes) {
                    if let Some(outcome) = outcome {
                        report(task, outcome);
                    }
                }
            }
            Err(IngestError::Database(error)) if Cause::of(&error) == Cause::Data => {
                tracing::debug!(%error, "the database refuses the batch: committing its dumps one by one");
                for task in tasks {
                    if let Some(outcome) = self.commit_alone(task, stop)? {
                        report(task, outcome);
                    }
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Commits one dump, or rejects it with the database's reason.
    fn commit_alone(&mut self, task: &Task, stop: &Stop) -> Result<Option<Outcome>, IngestError> {
        let _span = tracing::info_span!("dump", location = task.location()).entered();
        let feed = self.feed;
        let fetched = fetch(feed, task, stop);
        let (object, sha256, known) = match &fetched {
            FetchOutcome::Decoded { object, sha256, .. } => (object.clone(), Some(*sha256), None),
            FetchOutcome::Rejected { object, sha256, rejection } => {
                (object.clone(), *sha256, Some(rejection.clone()))
            }
            // Nothing of it is going to be stored.
            _ => (task.object.clone(), None, None),
        };
        let rejection = match self.store(task, fetched, || fetch(feed, task, stop), stop)? {
            Attempt::Committed(outcome) => return Ok(outcome),
            Attempt::Unstorable(rejection) => known.unwrap_or(rejection),
        };
        // What the decoder found may quote what the database cannot hold.
        for rejection in [rejection.clone(), unstorable::in_ascii(&rejection)] {
            let rejected =
                || FetchOutcome::Rejected { object: object.clone(), sha256, rejection: rejection.clone() };
            if let Attempt::Committed(outcome) = self.store(task, rejected(), rejected, stop)? {
                return Ok(outcome);
            }
        }
        let key: String = task.object.key.chars().take(200).collect();
        tracing::warn!(
            ?key,
            "the ledger cannot hold this key: the object is rejected again at each run; rename it"
        );
        Ok(Some(Outcome::Rejected(rejection)))
    }

    fn store(
        &mut self,
        task: &Task,
        fetched: FetchOutcome<F::Content>,
        again: impl Fn() -> FetchOutcome<F::Content>,
        stop: &Stop,
    ) -> Result<Attempt, IngestError> {
        match self.commit_with_retries(vec![(task, fetched)], || vec![(task, again())], stop) {
            Ok(outcomes) => Ok(Attempt::Committed(outcomes.into_iter().next().flatten())),
            Err(IngestError::Database(error)) => match unstorable::rejection(&error) {
                Some(rejection) => Ok(Attempt::Unstorable(rejection)),
                None => Err(error.into()),
            },
            Err(error) => Err(error),
        }
    }

    /// Commits a batch, again and again where that can help; returns outcomes in the order of the batch.
    ///
    /// A batch that failed is fetched and tried again whole: keeping it until it is known to be committed would take
    /// twice the memory. Should the connection break during the commit, the second try finds in the ledger whether
    /// the first one got through.
    fn commit_with_retries<'t>(
        &mut self,
        mut batch: Batch<'t, F::Content>,
        again: impl Fn() -> Batch<'t, F::Content>,
        stop: &Stop,
    ) -> Result<Vec<Option<Outcome>>, IngestError> {
        let mut attempt = 1;
        loop {
            let error = match self.try_commit(batch, stop) {
                Ok(outcomes) => return Ok(outcomes),
                Err(error) => error,
            };
            if attempt >= max_attempts(&error) || stop.is_set() {
                return Err(error);
            }
            tracing::warn!(attempt, %error, cause = error.cause(), "the database did not take a batch, trying again");
            stop.sleep(FIRST_PAUSE * 2_u32.pow(attempt - 1));
            attempt += 1;
            batch = again();
        }
    }

    fn try_commit(
        &mut self,
        batch: Batch<'_, F::Content>,
        stop: &Stop,
    ) -> Result<Vec<Option<Outcome>>, IngestError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let mut session = match self.open.take() {
            Some(session) => session,
            None => Session::new(db::connect(self.database)?, self.feed.writer())?,
        };
        let dumps = batch.len();
        match session.commit(self.feed, batch, self.database, stop)? {
            Some(outcomes) => {
                self.open = Some(session);
                Ok(outcomes)
            }
            None => Ok((0..dumps).map(|_| None).collect()),
        }
    }
}

/// How often a batch that fails like this is tried.
fn max_attempts(error: &IngestError) -> u32 {
    match error {
        IngestError::Connection(_) | IngestError::Database(Error::RollbackErrorOnCommit { .. }) => {
            MAX_ATTEMPTS
        }
        IngestError::Database(error) => match (Cause::of(error), error) {
            (Cause::Data, _) => 1,
            (Cause::Transient, _) => MAX_ATTEMPTS,
            (Cause::Server, Error::DatabaseError(..)) => MAX_ATTEMPTS_SERVER,
            (Cause::Server, _) => 1,
        },
        IngestError::Scratch(_) => 1,
    }
}
