//! Writers that work side by side, each on scopes of its own.

use std::thread;
use std::time::Instant;

use super::commit::Committer;
use super::context::Context;
use super::error::IngestError;
use super::fetch_outcome::FetchOutcome;
use super::fetchers::Fetchers;
use super::outcome::Outcome;
use super::queue::Queue;
use super::task::Task;
use crate::feed::TypedFeed;

/// Each lane has a connection to the database: Postgres allows 100 by default, for all clients.
const MAX_LANES: usize = 8;

/// Memory of the decoded dumps in one batch of each lane, all lanes together, in bytes. The more, the more of what is close on
/// disk is written together, which is faster; but as much waits beside it.
const BATCH_BYTES: usize = 4 << 20;

/// Imports dumps of one feed, which are in the order of their scopes.
///
/// Each lane has a part of the scopes, its share of the jobs and of the memory, and a writer. Lanes do not wait for
/// each other, since writers lock scopes. When the database ends one of them, the others go on as far as they can.
pub(super) fn import<F: TypedFeed>(
    feed: &F,
    tasks: &[&Task],
    context: &Context<'_>,
) -> Result<(), IngestError> {
    let parts = split(tasks, context.effort.jobs.min(MAX_LANES));
    let count = parts.len().max(1);
    thread::scope(|scope| {
        let lanes: Vec<_> = parts
            .into_iter()
            .enumerate()
            .map(|(number, tasks)| {
                // What cannot be shared out evenly goes to the first lanes.
                let jobs = context.effort.jobs / count + usize::from(number < context.effort.jobs % count);
                let lane = Lane(Fetchers { feed, tasks, jobs, queue_bytes: BATCH_BYTES / count, context });
                let span = tracing::Span::current();
                scope.spawn(move || span.in_scope(|| lane.import()))
            })
            .collect();
        let ended: Vec<_> = lanes
            .into_iter()
            .map(|lane| lane.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect();
        ended.into_iter().collect()
    })
}

/// Splits tasks at the borders of scopes into at most so many parts of about equal size in bytes.
fn split<'p, 't>(tasks: &'p [&'t Task], max_parts: usize) -> Vec<&'p [&'t Task]> {
    let bytes = |tasks: &[&Task]| tasks.iter().map(|task| task.object.size.max(1)).sum::<u64>();
    let total = bytes(tasks);
    let mut parts = Vec::new();
    let (mut start, mut end, mut passed) = (0, 0, 0);
    for scope in tasks.chunk_by(|a, b| a.scope() == b.scope()) {
        end += scope.len();
        passed += bytes(scope);
        // A part ends at the first border at or after its share of the bytes.
        if passed * max_parts as u64 >= total * (parts.len() as u64 + 1) {
            parts.push(&tasks[start..end]);
            start = end;
        }
    }
    parts
}

struct Lane<'l, 't, F>(Fetchers<'l, 't, F>);

impl<F: TypedFeed> Lane<'_, '_, F> {
    /// Writes while others fetch and decode: whatever is decoded by the time this thread is free is its next batch.
    fn import(&self) -> Result<(), IngestError> {
        self.0.run(|queue| self.write(queue))
    }

    fn write(&self, queue: &Queue<'_, F::Content>) -> Result<(), IngestError> {
        let Fetchers { feed, context, .. } = self.0;
        let mut committer = Committer::new(feed, context.database);
        let mut waiting = Instant::now();
        while let Some(batch) = queue.take() {
            let waited_ms = waiting.elapsed().as_millis() as u64;
            let _span = context.batch_span(feed.name(), batch.len()).entered();
            // What leaves no trace in the database needs no transaction, and is reported even if there can be none.
            let (batch, others): (Vec<_>, Vec<_>) =
                batch.into_iter().partition(|(_, fetched)| fetched.is_read());
            for (task, fetched) in others {
                match fetched {
                    FetchOutcome::Failed(error) => context.report(task, Outcome::Failed(error)),
                    FetchOutcome::Deleted => context.report(task, Outcome::Deleted),
                    FetchOutcome::Decoded { .. } | FetchOutcome::Rejected { .. } | FetchOutcome::Stopped => {}
                }
            }
            let started = Instant::now();
            committer.commit(batch, context.stop, |task, outcome| context.report(task, outcome))?;
            tracing::debug!(waited_ms, elapsed_ms = started.elapsed().as_millis() as u64, "batch done");
            waiting = Instant::now();
            if context.stop.is_set() {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
