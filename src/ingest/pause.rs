//! Pauses that grow while something does not work.

use std::time::Duration;

use super::stop::Stop;

/// Pauses that double from one to the next, each with jitter.
pub struct Pause {
    first: Duration,
    next: Duration,
    max: Duration,
}

impl Pause {
    /// The first pause, and the longest.
    pub fn new(first: Duration, max: Duration) -> Self {
        Self { first: first.min(max), next: first.min(max), max }
    }

    /// What was waited for works again.
    pub fn reset(&mut self) {
        self.next = self.first;
    }

    /// Waits, but not after `stop` is set.
    pub fn wait(&mut self, stop: &Stop) {
        let pause = self.next;
        self.next = (pause * 2).min(self.max);
        stop.sleep(jittered(pause));
    }
}

/// Between half of a duration and all of it, so that those who failed together do not come back together.
pub fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let stop = Stop::default();
        stop.set();
        let mut pause = Pause::new(Duration::from_secs(1), Duration::from_secs(5));
        let mut next = || {
            pause.wait(&stop);
            pause.next.as_secs()
        };
        assert_eq!([next(), next(), next(), next()], [2, 4, 5, 5]);
        pause.reset();
        assert_eq!(pause.next.as_secs(), 1);
    }

    #[test]
    fn jitter_takes_away_half_at_most() {
        let second = Duration::from_secs(1);
        let all: Vec<Duration> = (0..100).map(|_| jittered(second)).collect();
        assert!(all.iter().all(|some| (second / 2..=second).contains(some)));
        assert!(all.iter().any(|some| *some != all[0]));
    }
}
