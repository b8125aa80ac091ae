//! The wish to stop, from a signal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Set once, seen by every thread.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks everybody to finish or roll back what is in hand.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Waits, but not for longer than it takes to be asked to stop.
    pub(super) fn sleep(&self, duration: Duration) {
        let until = Instant::now() + duration;
        while !self.is_set() && Instant::now() < until {
            thread::sleep(Duration::from_millis(20).min(duration));
        }
    }
}
