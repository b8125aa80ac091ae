//! The messages in hand, which are kept hidden from other receivers until they are released.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::metrics;
use crate::queue::{Message, Queue, Receipt};

/// Messages by their ids.
#[derive(Debug, Default)]
pub(super) struct InHand(Mutex<HashMap<Arc<str>, Held>>);

#[derive(Debug)]
struct Held {
    receipt: Receipt,
    /// Since when it is hidden, with the last time that was begun anew.
    hidden_since: Instant,
    /// Since when it waits for its end.
    sent_at: DateTime<Utc>,
}

impl InHand {
    /// Takes messages that were received after `since`, and returns those that were not in hand already.
    pub(super) fn add(&self, mut messages: Vec<Message>, since: Instant) -> Vec<Message> {
        let mut held = self.lock();
        messages.retain(|message| {
            let entry = Held {
                receipt: message.receipt.clone(),
                hidden_since: since,
                sent_at: message.sent_at.unwrap_or_else(Utc::now),
            };
            // SQS may deliver twice; only the newer receipt deletes.
            held.insert(message.id.as_str().into(), entry).is_none()
        });
        messages
    }

    /// Lets messages go: they are not kept hidden any more.
    pub(super) fn release<'m>(&self, ids: impl IntoIterator<Item = &'m Arc<str>>) -> Vec<Receipt> {
        let mut held = self.lock();
        ids.into_iter().filter_map(|id| held.remove(id)).map(|held| held.receipt).collect()
    }

    /// Lets all messages go.
    pub(super) fn release_all(&self) -> Vec<Receipt> {
        self.lock().drain().map(|(_, held)| held.receipt).collect()
    }

    /// Keeps all that is in hand hidden until the sender is dropped: every third of the visibility timeout, it begins anew.
    pub(super) fn keep(&self, queue: &Queue, done: &Receiver<()>) {
        let visibility = queue.visibility();
        let look = (visibility / 12).clamp(Duration::from_millis(100), Duration::from_secs(5));
        self.measure();
        while done.recv_timeout(look) == Err(RecvTimeoutError::Timeout) {
            self.measure();
            let now = Instant::now();
            let due = self.hidden_before(now.checked_sub(visibility / 3));
            if due.is_empty() {
                continue;
            }
            match queue.hide(due.iter().map(|(_, receipt)| (receipt, visibility))) {
                Ok(()) => tracing::debug!(messages = due.len(), "kept in hand"),
                // Another receiver may get them: then they are in two objects, and land once.
                Err(error) => tracing::warn!(%error, "messages may come again while they are in hand"),
            }
            let mut held = self.lock();
            for (id, _) in &due {
                if let Some(held) = held.get_mut(id) {
                    held.hidden_since = held.hidden_since.max(now);
                }
            }
        }
        self.measure();
    }

    /// Those that have been hidden since before an instant.
    fn hidden_before(&self, instant: Option<Instant>) -> Vec<(Arc<str>, Receipt)> {
        let Some(instant) = instant else { return Vec::new() };
        let held = self.lock();
        let due = held.iter().filter(|(_, held)| held.hidden_since <= instant);
        due.map(|(id, held)| (id.clone(), held.receipt.clone())).collect()
    }

    fn measure(&self) {
        let held = self.lock();
        metrics::in_hand(held.len(), held.values().map(|held| held.sent_at).min());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
