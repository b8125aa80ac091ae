//! Threads that fetch and decode dumps.

use std::thread;

use super::context::Context;
use super::fetch;
use super::fetch_outcome::FetchOutcome;
use super::queue::Queue;
use super::task::Task;
use crate::feed::TypedFeed;

/// Threads that fetch and decode dumps of one feed.
pub(super) struct Fetchers<'f, 't, F> {
    pub(super) feed: &'f F,
    /// What to fetch, in the order in which it is to be written.
    pub(super) tasks: &'f [&'t Task],
    /// How many threads.
    pub(super) jobs: usize,
    /// Memory of decoded dumps that may wait, in bytes.
    pub(super) queue_bytes: usize,
    pub(super) context: &'f Context<'f>,
}

impl<'t, F: TypedFeed> Fetchers<'_, 't, F> {
    /// Fetches and decodes while this thread consumes what is done. Nothing more is fetched once it has returned.
    pub(super) fn run<R>(&self, consume: impl FnOnce(&Queue<'t, F::Content>) -> R) -> R {
        let queue = Queue::new(self.tasks, self.queue_bytes, self.jobs);
        let span = tracing::Span::current();
        thread::scope(|scope| {
            for _ in 0..self.jobs {
                scope.spawn(|| span.in_scope(|| self.fetch(&queue)));
            }
            let _closing = queue.closing();
            consume(&queue)
        })
    }

    fn fetch(&self, queue: &Queue<'_, F::Content>) {
        let producer = queue.producer();
        while !self.context.stop.is_set()
            && let Some((number, task)) = producer.next()
        {
            producer.done(number, self.fetch_one(task));
        }
    }

    /// Fetches and decodes a dump unless its source is down, and notes whether the source works.
    fn fetch_one(&self, task: &Task) -> FetchOutcome<F::Content> {
        let _span = tracing::info_span!("dump", location = task.location()).entered();
        let Context { health, stop, .. } = self.context;
        if health.is_down(task) {
            return FetchOutcome::Stopped;
        }
        match fetch::try_fetch(self.feed, task, stop) {
            Ok(fetched) => {
                // A malformed key is rejected without asking the source.
                if task.dump.is_ok() {
                    health.succeeded(task);
                }
                fetched
            }
            Err(error) => {
                health.failed(task, &error, stop);
                FetchOutcome::Failed(error.to_string())
            }
        }
    }
}
