//! What is decoded and waits to be landed, bounded by the memory it holds.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::Task;
use super::fetch::Fetched;

/// Dumps a batch takes at most, so that its bookkeeping stays small beside its rows.
const MOST: usize = 1_000;

/// How long a small batch waits for more: a slow source should not hold up what is there.
const PATIENCE: Duration = Duration::from_secs(1);

/// Hands tasks out to producers, and what they make of them to one taker, in the order of the tasks.
///
/// The order matters: a dump that lands after the one of the day before finds most of what it
/// carries over already there, and neighbours share pages on disk.
pub(super) struct Queue<'p> {
    tasks: &'p [Task],
    batch: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The next task to hand out.
    next_out: usize,
    /// The next task to take back.
    next_in: usize,
    waiting: BTreeMap<usize, Fetched>,
    weight: usize,
    producers: usize,
    closed: bool,
}

impl<'p> Queue<'p> {
    /// A queue whose batches hold that many bytes at most, but for their last dump. No task is handed out
    /// while as much waits.
    pub(super) fn new(tasks: &'p [Task], batch: usize, producers: usize) -> Self {
        let state = State { producers, ..State::default() };
        Self { tasks, batch, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// A producer's access; when the last of them is dropped, the queue ends.
    pub(super) fn producer(&self) -> Producer<'_, 'p> {
        Producer(self)
    }

    /// Takes what waits, once it is worth a transaction or no more is to come; nothing at the end.
    ///
    /// A batch holds tasks of one feed, and each dump once.
    pub(super) fn take(&self) -> Option<Vec<(&'p Task, Fetched)>> {
        let mut state = self.lock();
        // A small batch now beats a large one later: the next is growing while this one lands.
        let ready = |state: &State| 4 * state.weight >= self.batch || state.waiting.len() >= MOST;
        while !state.waiting.contains_key(&state.next_in) && state.producers > 0 && !state.closed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        (state, _) = self
            .changed
            .wait_timeout_while(state, PATIENCE, |state| {
                !ready(state) && state.producers > 0 && !state.closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        let mut names = HashSet::new();
        let mut batch: Vec<(&Task, Fetched)> = Vec::new();
        let mut weight = 0;
        while batch.len() < MOST && weight < self.batch {
            let number = state.next_in;
            let Some(task) = self.tasks.get(number) else { break };
            if batch.first().is_some_and(|(first, _)| first.feed.name() != task.feed.name())
                || !names.insert(task.identity())
            {
                break;
            }
            let Some(fetched) = state.waiting.remove(&number) else { break };
            weight += fetched.weight();
            batch.push((task, fetched));
            state.next_in += 1;
        }
        state.weight -= weight;
        self.changed.notify_all();
        Some(batch).filter(|batch| !batch.is_empty())
    }

    /// Lets everybody go once it is dropped, however that comes about: nothing more is handed out or taken.
    pub(super) fn closing(&self) -> Closing<'_, 'p> {
        Closing(self)
    }

    fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Queue::closing`].
pub(super) struct Closing<'q, 'p>(&'q Queue<'p>);

impl Drop for Closing<'_, '_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// See [`Queue::producer`].
pub(super) struct Producer<'q, 'p>(&'q Queue<'p>);

impl<'p> Producer<'_, 'p> {
    /// The next task, once there is room for what will come of it; nothing when there is no more to do.
    pub(super) fn next(&self) -> Option<(usize, &'p Task)> {
        let Queue { tasks, batch, changed, .. } = self.0;
        let mut state = changed
            .wait_while(self.0.lock(), |state| state.weight >= *batch && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        let number = state.next_out;
        let task = tasks.get(number).filter(|_| !state.closed)?;
        state.next_out += 1;
        Some((number, task))
    }

    /// Hands over what came of a task.
    pub(super) fn done(&self, number: usize, fetched: Fetched) {
        let mut state = self.0.lock();
        if !state.closed {
            state.weight += fetched.weight();
            state.waiting.insert(number, fetched);
            self.0.changed.notify_all();
        }
    }
}

impl Drop for Producer<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            // What it had in hand will never come: nobody may wait for it.
            self.0.close();
        }
        self.0.lock().producers -= 1;
        self.0.changed.notify_all();
    }
}
