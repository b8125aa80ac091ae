//! Lands dumps as soon as a queue tells of them, and lists the buckets now and then for what it did not tell.
//!
//! Both take the engine's ordinary path from plan to commit, so messages may come late, twice and in any order.

mod arrivals;
mod batch;
mod database;
mod keys;
mod left;
mod listing;
mod metrics;
mod queue;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::db::DatabaseUrl;
use crate::ingest::{Effort, Stop};
use crate::queue::Queue;
use crate::source::Bucket;

/// What is followed, and how.
pub struct Follower {
    /// The queue that gets the event notifications of the buckets.
    pub queue: Queue,
    /// Buckets, or parts of them.
    pub buckets: Vec<Arc<Bucket>>,
    /// Where dumps land; its schema is up to date.
    pub database: DatabaseUrl,
    /// How it imports, in each of its two threads.
    pub effort: Effort,
    /// Time between two listings; without it, there is none.
    pub list_every: Option<Duration>,
}

impl Follower {
    /// Follows until `stop` is set. The messages in hand are then finished; a listing ends with its current batch.
    ///
    /// # Errors
    ///
    /// The queue cannot be used at all, or the database refuses the password.
    pub fn run(&self, stop: &Stop) -> anyhow::Result<()> {
        metrics::describe();
        let span = tracing::Span::current();
        thread::scope(|scope| {
            let listing = scope.spawn(|| {
                let _inside = span.enter();
                stopping(stop, || listing::repeat(self, stop))
            });
            let queue = stopping(stop, || queue::follow(self, stop));
            let listing = listing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            queue.and(listing)
        })
    }
}

/// Ends the other thread as well when one fails.
fn stopping(stop: &Stop, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    let _on_panic = SetOnPanic(stop);
    work().inspect_err(|_| stop.set())
}

struct SetOnPanic<'s>(&'s Stop);

impl Drop for SetOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.set();
        }
    }
}
