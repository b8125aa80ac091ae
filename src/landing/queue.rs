//! What is decoded and waits to be landed, bounded by the memory it holds.

use std::collections::{HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::Task;
use super::fetch::Fetched;

/// Entries a batch takes at most, so that its bookkeeping stays small beside its rows.
const BATCH: usize = 500;

/// A queue with many producers and one taker.
pub(super) struct Queue<'p> {
    limit: usize,
    state: Mutex<State<'p>>,
    changed: Condvar,
}

struct State<'p> {
    waiting: VecDeque<(&'p Task, Fetched)>,
    weight: usize,
    producers: usize,
    closed: bool,
}

impl<'p> Queue<'p> {
    /// A queue for so many producers, which lets them wait once it holds `limit` bytes.
    pub(super) fn new(limit: usize, producers: usize) -> Self {
        let state = State { waiting: VecDeque::new(), weight: 0, producers, closed: false };
        Self { limit, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Stands for one producer: when the last of them is dropped, the queue ends.
    pub(super) fn producer(&self) -> Producer<'_, 'p> {
        Producer(self)
    }

    /// Hands an entry over, waiting for room; false once nobody takes any more.
    pub(super) fn push(&self, task: &'p Task, fetched: Fetched) -> bool {
        let mut state = self
            .changed
            .wait_while(self.lock(), |state| state.weight >= self.limit && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return false;
        }
        state.weight += fetched.weight();
        state.waiting.push_back((task, fetched));
        self.changed.notify_all();
        true
    }

    /// Takes all that waits, as far as it can share a transaction: one feed, each dump once.
    ///
    /// Nothing once every producer is gone and nothing waits.
    pub(super) fn take(&self) -> Option<Vec<(&'p Task, Fetched)>> {
        let mut state = self
            .changed
            .wait_while(self.lock(), |state| state.waiting.is_empty() && state.producers > 0)
            .unwrap_or_else(PoisonError::into_inner);
        let feed = state.waiting.front()?.0.feed.name();
        let mut names = HashSet::new();
        let fitting = state
            .waiting
            .iter()
            .take(BATCH)
            .take_while(|(task, _)| task.feed.name() == feed && names.insert(task.identity()))
            .count();
        let batch: Vec<_> = state.waiting.drain(..fitting).collect();
        state.weight -= batch.iter().map(|(_, fetched)| fetched.weight()).sum::<usize>();
        self.changed.notify_all();
        Some(batch)
    }

    /// Lets the producers go: nothing more will be taken.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<'p>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Queue::producer`].
pub(super) struct Producer<'q, 'p>(&'q Queue<'p>);

impl Drop for Producer<'_, '_> {
    fn drop(&mut self) {
        self.0.lock().producers -= 1;
        self.0.changed.notify_all();
    }
}
