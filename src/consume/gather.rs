//! Where receivers hand messages over to the writer.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::batch::{Batch, Limits};
use crate::ingest::Stop;
use crate::queue::Message;

/// How long a thread waits before it looks again whether it is to stop.
const LOOK: Duration = Duration::from_millis(200);

/// The batch that grows. With the one that is written, there are two at most.
pub(super) struct Gather {
    limits: Limits,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    batch: Batch,
    /// Threads that may still add messages.
    receivers: usize,
    /// Whether a batch could not be written, and still cannot.
    is_stalled: bool,
}

impl Gather {
    pub(super) fn new(limits: Limits, receivers: usize) -> Self {
        let state = State { batch: Batch::default(), receivers, is_stalled: false };
        Self { limits, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Waits until there is room for more messages. Returns false if none are to be received any more.
    pub(super) fn has_room(&self, stop: &Stop) -> bool {
        let mut state = self.lock();
        while !stop.is_set() && (state.is_stalled || state.batch.is_full(self.limits)) {
            state = self.wait(state, LOOK);
        }
        !stop.is_set()
    }

    pub(super) fn add(&self, messages: Vec<Message>) {
        if messages.is_empty() {
            return;
        }
        // Whether they are events is found out by all receivers at once.
        let mut few = Batch::default();
        for message in messages {
            few.add(message);
        }
        let mut state = self.lock();
        state.batch.append(few);
        self.changed.notify_all();
    }

    /// Lets no more be received while a batch cannot be written.
    pub(super) fn set_stalled(&self, is_stalled: bool) {
        self.lock().is_stalled = is_stalled;
        self.changed.notify_all();
    }

    /// Waits for a batch that is full or old enough. Once there are no receivers any more, returns what is left, and then
    /// nothing.
    pub(super) fn next(&self) -> Option<Batch> {
        let mut state = self.lock();
        loop {
            let remaining = state.batch.remaining(self.limits);
            if remaining.is_some_and(|remaining| remaining.is_zero()) || state.receivers == 0 {
                let batch = std::mem::take(&mut state.batch);
                self.changed.notify_all();
                return (batch.messages() > 0).then_some(batch);
            }
            state = self.wait(state, remaining.unwrap_or(LOOK));
        }
    }

    /// A receiver, until it is dropped.
    pub(super) fn receiver(&self) -> Receiver<'_> {
        Receiver(self)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>, time: Duration) -> MutexGuard<'s, State> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// One of the threads that add messages.
pub(super) struct Receiver<'g>(&'g Gather);

impl Drop for Receiver<'_> {
    fn drop(&mut self) {
        self.0.lock().receivers -= 1;
        self.0.changed.notify_all();
    }
}
