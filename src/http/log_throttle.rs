//! Limits how often a message is logged.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nothing is logged after a message.
const MIN_INTERVAL: Duration = Duration::from_secs(5);

/// Lets a message pass once in five seconds.
pub(super) struct LogThrottle(Mutex<State>);

struct State {
    last: Option<Instant>,
    suppressed: u64,
}

impl LogThrottle {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(State { last: None, suppressed: 0 }))
    }

    /// How many messages were suppressed since the last one; none if this one is to be suppressed too.
    pub(super) fn pass(&self) -> Option<u64> {
        self.pass_at(Instant::now())
    }

    fn pass_at(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last.is_some_and(|last| now.saturating_duration_since(last) < MIN_INTERVAL) {
            state.suppressed += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_passes_once_and_says_how_many_did_not() {
        let throttle = LogThrottle::new();
        let start = Instant::now();
        let passed = [0, 1, 4_999, 5_000, 5_001, 60_000]
            .map(|millis| throttle.pass_at(start + Duration::from_millis(millis)));
        assert_eq!(passed, [Some(0), None, None, Some(2), None, Some(1)]);
    }
}
