//! Decoded dumps that wait to be written, bounded by the memory they hold.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::fetch_outcome::FetchOutcome;
use super::task::Task;
use crate::feed::Content;

/// Dumps a batch takes at most, so that its bookkeeping stays small beside its rows.
const MAX_DUMPS: usize = 1_000;

/// A batch is worth a transaction from this part of its size on, as a denominator. A small batch now beats a large one
/// later: the next one grows while this one is written.
const READY_FRACTION: usize = 4;

/// How long a small batch waits for more: a slow source should not hold up what is there.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// Hands tasks out to producers, and their results to one consumer, in the order of the tasks.
///
/// The order matters: a dump that is written after the one of the day before finds most of the prices that both have
/// already there, and neighbours share pages on disk.
pub(super) struct Queue<'p, C> {
    tasks: Vec<&'p Task>,
    batch_bytes: usize,
    state: Mutex<State<C>>,
    changed: Condvar,
}

struct State<C> {
    next_to_hand_out: usize,
    next_to_take: usize,
    waiting: BTreeMap<usize, FetchOutcome<C>>,
    /// What waits, in bytes.
    size_in_memory: usize,
    producers: usize,
    closed: bool,
}

impl<'p, C: Content> Queue<'p, C> {
    /// A queue whose batches hold that many bytes at most, but for their last dump. No task is handed out
    /// while as much waits.
    pub(super) fn new(tasks: &[&'p Task], batch_bytes: usize, producers: usize) -> Self {
        let state = State {
            next_to_hand_out: 0,
            next_to_take: 0,
            waiting: BTreeMap::new(),
            size_in_memory: 0,
            producers,
            closed: false,
        };
        Self { tasks: tasks.to_vec(), batch_bytes, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// A producer's access; when the last of them is dropped, the queue ends.
    pub(super) fn producer(&self) -> Producer<'_, 'p, C> {
        Producer(self)
    }

    /// Takes what waits, once it is worth a transaction or no more is to come; nothing at the end.
    ///
    /// A batch holds each dump once.
    pub(super) fn take(&self) -> Option<Vec<(&'p Task, FetchOutcome<C>)>> {
        let mut state = self.lock();
        let ready = |state: &State<C>| {
            READY_FRACTION * state.size_in_memory >= self.batch_bytes || state.waiting.len() >= MAX_DUMPS
        };
        while !state.waiting.contains_key(&state.next_to_take) && state.producers > 0 && !state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        (state, _) = self
            .changed
            .wait_timeout_while(state, MAX_WAIT, |state| {
                !ready(state) && state.producers > 0 && !state.closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        let mut names = HashSet::new();
        let mut batch: Vec<(&Task, FetchOutcome<C>)> = Vec::new();
        let mut size_in_memory = 0;
        while batch.len() < MAX_DUMPS && size_in_memory < self.batch_bytes {
            let number = state.next_to_take;
            let Some(&task) = self.tasks.get(number) else { break };
            if !names.insert(task.identity()) {
                break;
            }
            let Some(fetched) = state.waiting.remove(&number) else { break };
            size_in_memory += fetched.size_in_memory();
            batch.push((task, fetched));
            state.next_to_take += 1;
        }
        state.size_in_memory -= size_in_memory;
        self.changed.notify_all();
        Some(batch).filter(|batch| !batch.is_empty())
    }

    /// Ends all waiting once it is dropped, for whatever reason: nothing more is handed out or taken.
    pub(super) fn closing(&self) -> Closing<'_, 'p, C> {
        Closing(self)
    }

    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<C>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Queue::closing`].
pub(super) struct Closing<'q, 'p, C: Content>(&'q Queue<'p, C>);

impl<C: Content> Drop for Closing<'_, '_, C> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// See [`Queue::producer`].
pub(super) struct Producer<'q, 'p, C: Content>(&'q Queue<'p, C>);

impl<'p, C: Content> Producer<'_, 'p, C> {
    /// The next task, once there is space for its result; nothing when there is no more to do.
    pub(super) fn next(&self) -> Option<(usize, &'p Task)> {
        let Queue { tasks, batch_bytes, changed, .. } = self.0;
        let mut state = changed
            .wait_while(self.0.lock(), |state| state.size_in_memory >= *batch_bytes && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        let number = state.next_to_hand_out;
        let task = tasks.get(number).copied().filter(|_| !state.closed)?;
        state.next_to_hand_out += 1;
        Some((number, task))
    }

    /// Hands over the result of a task.
    pub(super) fn done(&self, number: usize, fetched: FetchOutcome<C>) {
        let mut state = self.0.lock();
        if !state.closed {
            state.size_in_memory += fetched.size_in_memory();
            state.waiting.insert(number, fetched);
            self.0.changed.notify_all();
        }
    }
}

impl<C: Content> Drop for Producer<'_, '_, C> {
    fn drop(&mut self) {
        if thread::panicking() {
            // The result of its task will never come: nobody may wait for it.
            self.0.close();
        }
        self.0.lock().producers -= 1;
        self.0.changed.notify_all();
    }
}
