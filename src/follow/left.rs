//! Messages that are left in the queue: when they come again, and what people are told of them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::ingest::jittered;
use crate::queue::{Message, NotUnderstood};

/// How long a message that could not be done is hidden at most.
const MAX_HIDDEN: Duration = Duration::from_secs(15 * 60);

/// How long a dump that is too early is hidden. After some of these its day has come, or it is a matter for people, in the
/// dead-letter queue.
pub(super) const TOO_EARLY_HIDDEN: Duration = Duration::from_secs(6 * 60 * 60);

/// Messages of which it is remembered that people were warned.
const MAX_WARNED: usize = 1_000;

/// How long a message is hidden that was received so often: longer and longer.
pub(super) fn hidden_after(receives: u32, visibility: Duration) -> Duration {
    let doublings = receives.saturating_sub(1).min(16);
    // SQS takes whole seconds, and none would mean at once.
    jittered((visibility * 2_u32.pow(doublings)).min(MAX_HIDDEN)).max(Duration::from_secs(1))
}

/// The messages that people were warned of.
#[derive(Default)]
pub(super) struct Warned(VecDeque<String>);

impl Warned {
    /// Warns of a message, unless that was done when it was received before.
    pub(super) fn warn_once(&mut self, message: &Message, error: &NotUnderstood) {
        if self.0.contains(&message.id) {
            return;
        }
        tracing::warn!(
            message_id = message.id,
            %error,
            "not understood: the message is left for the dead-letter queue of the queue, if it has one"
        );
        self.0.push_back(message.id.clone());
        if self.0.len() > MAX_WARNED {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_hidden_longer_and_longer() {
        let visibility = Duration::from_secs(60);
        for (receives, most) in [(0, 60), (1, 60), (2, 120), (3, 240), (4, 480), (5, 900), (1_000, 900)] {
            let hidden = hidden_after(receives, visibility).as_secs_f64();
            assert!((most as f64 / 2.0..=most as f64).contains(&hidden), "{receives}: {hidden}");
        }
        assert!(hidden_after(1, Duration::from_secs(1)) == Duration::from_secs(1));
    }
}
