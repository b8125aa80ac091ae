//! The engine: source → plan (keys − ledger) → fetch and decode → one transaction a batch → report.
//!
//! Fetching and decoding go on in `jobs` threads while one lander writes: whatever is decoded by
//! the time it is free becomes its next batch.

mod batch;
mod body;
mod catch_up;
mod fetch;
mod plan;
mod progress;
mod queue;
mod refused;
mod report;
mod stop;
mod transaction;
mod upload;
mod withdraw;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use thiserror::Error;

use crate::db::DatabaseUrl;
use crate::db::sqlstate::advice;

use batch::Batcher;
use fetch::Fetched;
use queue::Queue;

pub use plan::{Plan, Selection, Task, Which, location, plan};
pub use progress::Progress;
pub use report::{Failure, Rejected, Report};
pub use stop::Stop;
pub use upload::{ReceiveError, UPLOADS, Upload, Uploaded};
pub use withdraw::{Withdrawal, withdraw};

/// Memory that the decoded dumps of a batch may hold, in bytes. Large batches land faster, since what is
/// close on disk is written together.
const BATCH: usize = 32 * 1024 * 1024;

/// After so many dumps in a row that could not be fetched, the source is taken to be down.
const FAILURES_IN_A_ROW: usize = 5;

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
/// Dumps that are refused or cannot be fetched are in the report; they do not keep the others
/// from landing.
pub fn run(
    plan: Plan,
    database: &DatabaseUrl,
    jobs: usize,
    stop: &Stop,
    progress: &Progress,
) -> Result<Report, LandingError> {
    let started = Instant::now();
    catch_up::catch_up(database);
    let mut report = Report::of(&plan);
    let failures = AtomicUsize::new(0);
    let queue = Queue::new(&plan.tasks, BATCH, jobs);
    let landed = thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                let producer = queue.producer();
                while !stop.is_set()
                    && let Some((number, task)) = producer.next()
                {
                    let fetched = fetch::fetch(task, stop);
                    if !matches!(fetched, Fetched::Failed(_)) {
                        failures.store(0, Ordering::Relaxed);
                    } else if failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES_IN_A_ROW {
                        producer.give_up();
                    }
                    producer.done(number, fetched);
                }
            });
        }
        let _closing = queue.closing();
        land_queue(&queue, database, stop, progress, &mut report)
    });
    progress.finish();
    report.finish(&plan, stop, started.elapsed().as_secs_f64());
    landed.map(|()| report)
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
        let (landing, dumps) = (Instant::now(), batch.len());
        batcher.land(batch, stop, |task, outcome| {
            progress.done(task, &outcome);
            report.add(task, outcome);
        })?;
        let elapsed_ms = landing.elapsed().as_millis() as u64;
        tracing::debug!(dumps, waited_ms, elapsed_ms, "batch done");
        waiting = Instant::now();
        if stop.is_set() {
            break;
        }
    }
    Ok(())
}
