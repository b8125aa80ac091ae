//! What the messages in hand ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::queue::{EventKind, Message, NotUnderstood, Notification, ObjectEvent};
use crate::source::Bucket;

/// An object: the number of its bucket among those followed, and its key.
pub(super) type Arrival = (usize, String);

/// The objects that messages tell of.
#[derive(Default)]
pub(super) struct Arrivals {
    /// When each became readable, by the first message of it.
    pub(super) objects: BTreeMap<Arrival, Option<DateTime<Utc>>>,
    /// For each message, the objects that have to be done before it is, or why it has no meaning.
    pub(super) messages: Vec<Result<BTreeSet<Arrival>, NotUnderstood>>,
    /// Events of which there is nothing to read.
    pub(super) ignored: usize,
}

impl Arrivals {
    pub(super) fn of(messages: &[Message], buckets: &[Arc<Bucket>]) -> Self {
        let mut arrivals = Self::default();
        for message in messages {
            let arrived = match Notification::parse(&message.body) {
                Ok(Notification::Events(events)) => {
                    Ok(events.into_iter().filter_map(|event| arrivals.add(event, buckets)).collect())
                }
                Ok(Notification::Test) => Ok(BTreeSet::new()),
                Err(error) => Err(error),
            };
            arrivals.messages.push(arrived);
        }
        arrivals
    }

    fn add(&mut self, event: ObjectEvent, buckets: &[Arc<Bucket>]) -> Option<Arrival> {
        let ObjectEvent { bucket, key, kind, at } = event;
        let covers = |known: &Arc<Bucket>| known.bucket() == bucket && key.starts_with(known.prefix());
        let number = buckets.iter().position(covers).filter(|_| kind == EventKind::Readable);
        let Some(number) = number else {
            tracing::debug!(bucket, key, ?kind, "ignored: there is nothing to read, or no SOURCE has it");
            self.ignored += 1;
            return None;
        };
        let arrival = (number, key);
        let earliest = self.objects.entry(arrival.clone()).or_insert(at);
        // An event without a time is no earlier than one with a time.
        *earliest = [*earliest, at].into_iter().flatten().min();
        Some(arrival)
    }

    /// The keys in each bucket that has any.
    pub(super) fn by_bucket(&self) -> BTreeMap<usize, BTreeSet<String>> {
        let mut by_bucket: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (number, key) in self.objects.keys() {
            by_bucket.entry(*number).or_default().insert(key.clone());
        }
        by_bucket
    }
}
