//! The engine: source → plan (keys − ledger) → fetch and decode → one transaction a batch → report.
//!
//! Fetching and decoding go on in `jobs` threads while one lander writes: whatever is decoded by
//! the time it is free becomes its next batch.

mod batch;
mod body;
mod catch_up;
mod exact;
mod fetch;
mod health;
mod named;
mod plan;
mod progress;
mod queue;
mod refused;
mod report;
mod stop;
mod too_early;
mod transaction;
mod upload;
mod withdraw;

use std::thread;
use std::time::Instant;

use thiserror::Error;

use crate::db::DatabaseUrl;
use crate::db::sqlstate::advice;

use batch::Batcher;
use fetch::Fetched;
use health::Health;
use queue::Queue;
use transaction::Outcome;

pub use named::{Named, NamedDump, named};
pub use plan::{Plan, Selection, Task, Which, location, plan};
pub use progress::Progress;
pub use report::{FailedSource, Failure, PassedOver, Rejected, Report};
pub use stop::Stop;
pub use too_early::TooEarly;
pub use upload::{ReceiveError, UPLOADS, Upload, Uploaded};
pub use withdraw::{Withdrawal, preview_withdrawal, withdraw};

/// Memory that the decoded dumps of a batch may hold, in bytes. Large batches land faster, since what is
/// close on disk is written together.
const BATCH: usize = 32 * 1024 * 1024;

/// Why a run ended before its plan did.
#[derive(Debug, Error)]
pub enum LandingError {
    /// The database did not take a batch, though it was tried again.
    #[error(
        "cannot write to the database; nothing of the batch in hand was stored; {}, then run the import again",
        advice(.0).unwrap_or("mend what the cause says")
    )]
    Database(#[from] diesel::result::Error),
    /// The database cannot be reached any more.
    #[error("cannot connect to the database; run the import again once it is up")]
    Connection(#[from] diesel::ConnectionError),
}

/// Lands everything in the plan, or as much of it as can be before `stop` is set.
///
/// Dumps that are refused or cannot be fetched are in the report, as are sources that are down; they do not
/// keep the others from landing. The report is there also when the database ends the run early: it tells
/// what has landed by then.
pub fn run(
    plan: Plan,
    database: &DatabaseUrl,
    jobs: usize,
    stop: &Stop,
    progress: &Progress,
) -> (Report, Result<(), LandingError>) {
    let started = Instant::now();
    catch_up::catch_up(database);
    let mut report = Report::of(&plan);
    let health = Health::new(&plan.tasks);
    let queue = Queue::new(&plan.tasks, BATCH, jobs);
    let landed = thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let producer = queue.producer();
                while !stop.is_set()
                    && let Some((number, task)) = producer.next()
                {
                    producer.done(number, fetch_from(&health, number, task, stop));
                }
            });
        }
        let _closing = queue.closing();
        land_queue(&queue, database, stop, progress, &mut report)
    });
    progress.finish();
    report.failed_sources.extend(health.into_failed_sources());
    report.finish(&plan, stop, started.elapsed().as_secs_f64());
    (report, landed)
}

/// Fetches a dump unless its source is down, and notes how the source did.
fn fetch_from(health: &Health<'_>, number: usize, task: &Task, stop: &Stop) -> Fetched {
    if health.is_down(task) {
        return Fetched::Stopped;
    }
    match fetch::try_fetch(task, stop) {
        Ok(fetched) => {
            // A malformed key is refused without asking the source.
            if task.claim.is_ok() {
                health.succeeded(task);
            }
            fetched
        }
        Err(error) => {
            health.failed(number, &error, stop);
            Fetched::Failed(error.to_string())
        }
    }
}

fn land_queue(
    queue: &Queue<'_>,
    database: &DatabaseUrl,
    stop: &Stop,
    progress: &Progress,
    report: &mut Report,
) -> Result<(), LandingError> {
    let mut batcher = Batcher::new(database);
    let mut waiting = Instant::now();
    while let Some(batch) = queue.take() {
        let waited_ms = waiting.elapsed().as_millis() as u64;
        let mut tell = |task: &Task, outcome: Outcome| {
            progress.done(task, &outcome);
            report.add(task, outcome);
        };
        // What leaves no trace in the database needs no transaction, and is reported even if there can be none.
        let (batch, others): (Vec<_>, Vec<_>) = batch.into_iter().partition(|(_, fetched)| fetched.is_read());
        for (task, fetched) in others {
            match fetched {
                Fetched::Failed(error) => tell(task, Outcome::Failed(error)),
                Fetched::Gone => tell(task, Outcome::Gone),
                Fetched::Decoded { .. } | Fetched::Rejected { .. } | Fetched::Stopped => {}
            }
        }
        let (landing, dumps) = (Instant::now(), batch.len());
        batcher.land(batch, stop, tell)?;
        let elapsed_ms = landing.elapsed().as_millis() as u64;
        tracing::debug!(dumps, waited_ms, elapsed_ms, "batch done");
        waiting = Instant::now();
        if stop.is_set() {
            break;
        }
    }
    Ok(())
}
