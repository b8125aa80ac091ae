//! A batch: the messages of the objects that are written together.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::feed::RecordError;
use crate::feed::events;
use crate::queue::Message;

/// Messages of a batch at most: SQS lets no more than 120,000 be in hand, of all consumers of a queue.
const MAX_MESSAGES: usize = 30_000;

/// When a batch is closed.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So long after its first message.
    pub age: Duration,
    /// Once its bodies have so many bytes.
    pub bytes: usize,
}

/// Messages that are gathered.
#[derive(Debug, Default)]
pub struct Batch {
    /// Those that are events.
    pub events: Vec<Event>,
    /// Those that are not.
    pub malformed: Vec<Malformed>,
    /// Bytes of all bodies.
    pub(super) bytes: usize,
    since: Option<Instant>,
}

/// A message that is an event.
#[derive(Debug)]
pub struct Event {
    pub(super) message_id: Arc<str>,
    /// The body in one line.
    pub(super) line: String,
}

/// A message that is no event.
#[derive(Debug)]
pub struct Malformed {
    pub(super) message_id: Arc<str>,
    pub(super) body: String,
    pub(super) sent_at: Option<DateTime<Utc>>,
    pub(super) error: RecordError,
}

impl Malformed {
    /// What is wrong, and with which field.
    pub(super) fn reason(&self) -> String {
        let RecordError { field, reason, .. } = &self.error;
        field.map_or_else(|| reason.clone(), |field| format!("{field}: {reason}"))
    }
}

impl Batch {
    /// Adds a message.
    pub fn add(&mut self, message: Message) {
        self.since.get_or_insert_with(Instant::now);
        self.bytes += message.body.len();
        let message_id = message.id.into();
        match events::check(message.body.as_bytes()) {
            Ok(()) => self.events.push(Event { message_id, line: one_line(message.body) }),
            Err(error) => self.malformed.push(Malformed {
                message_id,
                body: message.body,
                sent_at: message.sent_at,
                error,
            }),
        }
    }

    /// Adds the messages of another batch that was begun later.
    pub(super) fn append(&mut self, mut other: Self) {
        self.since = self.since.or(other.since);
        self.bytes += other.bytes;
        self.events.append(&mut other.events);
        self.malformed.append(&mut other.malformed);
    }

    pub(super) fn messages(&self) -> usize {
        self.events.len() + self.malformed.len()
    }

    /// Whether no more should be added.
    pub(super) fn is_full(&self, limits: Limits) -> bool {
        self.bytes >= limits.bytes || self.messages() >= MAX_MESSAGES
    }

    /// The time until it is closed; nothing if it is empty.
    pub(super) fn remaining(&self, limits: Limits) -> Option<Duration> {
        let since = self.since?;
        Some(if self.is_full(limits) { Duration::ZERO } else { limits.age.saturating_sub(since.elapsed()) })
    }
}

/// Valid JSON in one line: it has line breaks only where it may have any white space.
fn one_line(json: String) -> String {
    if json.contains(['\n', '\r']) { json.replace(['\n', '\r'], " ") } else { json }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_are_replaced_and_nothing_else() {
        assert_eq!(one_line("{\r\n\t\"a\": \"\\n\"\n}\n".to_owned()), "{  \t\"a\": \"\\n\" } ");
        assert_eq!(one_line("{\"a\":\u{2028}1}".to_owned()), "{\"a\":\u{2028}1}");
    }
}
