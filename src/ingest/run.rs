//! A run: everything in a plan, feed by feed.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use diesel::result::Error;
use thiserror::Error;

use super::health::Health;
use super::plan::Plan;
use super::progress::Progress;
use super::registry::Import;
use super::report::Report;
use super::stop::Stop;
use super::task::Task;
use super::transaction::Outcome;
use crate::db::sqlstate::advice;
use crate::db::{self, DatabaseUrl};
use crate::feed::WriteError;

/// Why a run ended before its plan did.
#[derive(Debug, Error)]
pub enum IngestError {
    /// The database did not take a batch, though it was tried again.
    #[error(
        "cannot write to the database; nothing of the batch in hand was stored; {}, then run the import again",
        advice(.0).unwrap_or("mend what the cause says")
    )]
    Database(#[from] Error),
    /// The database cannot be reached any more.
    #[error("cannot connect to the database; run the import again once it is up")]
    Connection(#[from] diesel::ConnectionError),
    /// The content of a large dump cannot be read back.
    #[error(
        "nothing of the batch in hand was stored; check the disk of the scratch directory, then run the import again"
    )]
    Scratch(#[source] WriteError),
}

impl IngestError {
    /// What the database, or the operating system, says.
    pub(super) fn cause(&self) -> Option<String> {
        std::error::Error::source(self).map(ToString::to_string)
    }
}

impl From<WriteError> for IngestError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => Self::Database(error),
            WriteError::Scratch(_) => Self::Scratch(error),
        }
    }
}

/// What the lanes of a run share.
pub(super) struct Run<'r> {
    pub(super) database: &'r DatabaseUrl,
    /// Dumps to fetch and decode at once.
    pub(super) jobs: usize,
    pub(super) stop: &'r Stop,
    pub(super) health: Health<'r>,
    progress: &'r Progress,
    report: Mutex<Report>,
}

impl Run<'_> {
    /// Reports what became of a dump.
    pub(super) fn report(&self, task: &Task, outcome: Outcome) {
        self.progress.done(task, &outcome);
        self.report.lock().unwrap_or_else(PoisonError::into_inner).add(task, outcome);
    }
}

/// Imports everything in the plan, or as much of it as can be before `stop` is set.
///
/// Dumps that are rejected or cannot be fetched are in the report, as are sources that are down; they do not
/// keep the others from being imported. The report is there also when the database ends the run early: it says
/// what was imported by then.
#[tracing::instrument(name = "run", skip_all, fields(dumps = plan.tasks.len()))]
pub fn run(
    plan: Plan,
    database: &DatabaseUrl,
    jobs: usize,
    stop: &Stop,
    progress: &Progress,
) -> (Report, Result<(), IngestError>) {
    let started = Instant::now();
    catch_up(&plan.feeds, database);
    let run = Run {
        database,
        jobs,
        stop,
        health: Health::new(&plan.tasks),
        progress,
        report: Mutex::new(Report::of(&plan)),
    };
    let of_one_feed = plan.tasks.chunk_by(|a, b| a.feed.name() == b.feed.name());
    let ended =
        of_one_feed.take_while(|_| !stop.is_set()).try_for_each(|tasks| tasks[0].feed.import(tasks, &run));
    progress.finish();
    let mut report = run.report.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.failed_sources.extend(run.health.into_failed_sources());
    report.finish(&plan, stop, started.elapsed().as_secs_f64());
    (report, ended)
}

/// Lets every feed make up for what older versions did not do.
///
/// A failure does not keep anything from being imported: the next run tries again.
fn catch_up(feeds: &[&'static dyn Import], database: &DatabaseUrl) {
    let caught_up = || -> Result<(), IngestError> {
        let mut connection = db::connect(database)?;
        feeds.iter().try_for_each(|feed| Ok(feed.catch_up(&mut connection)?))
    };
    if let Err(error) = caught_up() {
        tracing::warn!(%error, cause = error.cause(), "cannot make up for what an older version left undone; the next import tries again");
    }
}
