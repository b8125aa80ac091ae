//! A queue: at least once, in no order that can be relied on.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// A queue. Instants are given, and never go back.
#[derive(Default)]
pub(crate) struct Queue {
    messages: HashMap<u64, Message>,
    /// Those that can be received; some of them may have been deleted since.
    ready: VecDeque<u64>,
    /// Those that cannot until then.
    hidden: BTreeSet<(Instant, u64)>,
    sent: u64,
    deliveries: u64,
    twice: Option<u64>,
}

struct Message {
    body: String,
    attributes: Value,
    sent_at: u128,
    receives: u64,
    hidden_until: Option<Instant>,
}

/// A message as it is delivered.
pub(crate) struct Delivery<'q> {
    pub(crate) id: String,
    pub(crate) receipt: String,
    pub(crate) body: &'q str,
    /// Milliseconds since the epoch.
    pub(crate) sent_at: u128,
    pub(crate) receives: u64,
}

impl Queue {
    pub(crate) fn deliver_twice(&mut self, n: u64) {
        self.twice = Some(n);
    }

    /// Returns the id of the message.
    pub(crate) fn send(&mut self, body: String, attributes: Value) -> String {
        self.sent += 1;
        let number = self.sent;
        let sent_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        self.messages.insert(number, Message { body, attributes, sent_at, receives: 0, hidden_until: None });
        self.ready.push_back(number);
        id(number)
    }

    pub(crate) fn receive(&mut self, most: usize, visibility: Duration, now: Instant) -> Vec<Delivery<'_>> {
        self.show(now);
        let mut received = Vec::new();
        let mut again = Vec::new();
        while received.len() < most
            && let Some(number) = self.ready.pop_front()
        {
            let Some(message) = self.messages.get_mut(&number) else { continue };
            self.deliveries += 1;
            message.receives += 1;
            if self.twice.is_some_and(|n| self.deliveries.is_multiple_of(n)) {
                again.push(number);
            } else {
                message.hidden_until = Some(now + visibility);
                self.hidden.insert((now + visibility, number));
            }
            received.push(number);
        }
        self.ready.extend(again);
        let delivery = |number: u64| {
            let message = &self.messages[&number];
            Delivery {
                id: id(number),
                receipt: format!("{number}-{}", message.receives),
                body: &message.body,
                sent_at: message.sent_at,
                receives: message.receives,
            }
        };
        received.into_iter().map(delivery).collect()
    }

    /// Deletes a message by its latest receipt; an older one does nothing, as it may with SQS.
    pub(crate) fn delete(&mut self, receipt: &str) {
        if let Some(number) = self.by_receipt(receipt) {
            self.show_one(number);
            self.messages.remove(&number);
        }
    }

    /// Hides a message for some time. Returns false if it is in nobody's hand.
    pub(crate) fn hide(&mut self, receipt: &str, visibility: Duration, now: Instant) -> bool {
        self.show(now);
        let Some(number) =
            self.by_receipt(receipt).filter(|number| self.messages[number].hidden_until.is_some())
        else {
            return false;
        };
        self.show_one(number);
        if visibility.is_zero() {
            self.ready.push_back(number);
        } else {
            self.hidden.insert((now + visibility, number));
            self.messages.entry(number).and_modify(|message| message.hidden_until = Some(now + visibility));
        }
        true
    }

    /// Visible ones and hidden ones.
    pub(crate) fn counts(&mut self, now: Instant) -> (usize, usize) {
        self.show(now);
        (self.messages.len() - self.hidden.len(), self.hidden.len())
    }

    pub(crate) fn deliveries(&self) -> u64 {
        self.deliveries
    }

    pub(crate) fn bodies(&self) -> Vec<(String, Value)> {
        self.messages.values().map(|message| (message.body.clone(), message.attributes.clone())).collect()
    }

    /// When the next hidden message can be received.
    pub(crate) fn next_visible(&self) -> Option<Instant> {
        self.hidden.first().map(|(until, _)| *until)
    }

    /// Lets those be received that have been hidden long enough.
    fn show(&mut self, now: Instant) {
        while let Some((until, number)) = self.hidden.first().copied()
            && until <= now
        {
            self.show_one(number);
            self.ready.push_back(number);
        }
    }

    fn show_one(&mut self, number: u64) {
        if let Some(until) = self.messages.get_mut(&number).and_then(|message| message.hidden_until.take()) {
            self.hidden.remove(&(until, number));
        }
    }

    fn by_receipt(&self, receipt: &str) -> Option<u64> {
        let (number, receives) = receipt.split_once('-')?;
        let (number, receives) = (number.parse().ok()?, receives.parse::<u64>().ok()?);
        (self.messages.get(&number)?.receives == receives).then_some(number)
    }
}

fn id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn receipts(queue: &mut Queue, now: Instant) -> Vec<String> {
        queue.receive(10, SECOND * 30, now).into_iter().map(|delivery| delivery.receipt).collect()
    }

    fn queue(messages: usize) -> Queue {
        let mut queue = Queue::default();
        for number in 0..messages {
            queue.send(number.to_string(), Value::Null);
        }
        queue
    }

    #[test]
    fn a_message_comes_again_unless_it_is_deleted() {
        let now = Instant::now();
        let mut queue = queue(2);
        let first = receipts(&mut queue, now);
        assert_eq!((first.len(), queue.counts(now)), (2, (0, 2)));
        queue.delete(&first[0]);
        assert!(receipts(&mut queue, now + SECOND * 29).is_empty());
        assert_eq!(queue.next_visible(), Some(now + SECOND * 30));
        let second = receipts(&mut queue, now + SECOND * 30);
        assert_eq!(second, ["2-2"]);
        queue.delete(&first[1]);
        assert_eq!(queue.counts(now + SECOND * 30), (0, 1));
        queue.delete(&second[0]);
        assert_eq!(queue.counts(now + SECOND * 30), (0, 0));
    }

    #[test]
    fn a_message_in_hand_can_be_hidden_for_longer_or_given_back() {
        let now = Instant::now();
        let mut queue = queue(2);
        let receipts = receipts(&mut queue, now);
        assert!(queue.hide(&receipts[0], SECOND * 60, now));
        assert!(queue.hide(&receipts[1], Duration::ZERO, now));
        assert_eq!(queue.counts(now), (1, 1));
        assert!(!queue.hide(&receipts[1], SECOND, now));
        assert_eq!(queue.counts(now + SECOND * 59), (1, 1));
        assert_eq!(queue.counts(now + SECOND * 60), (2, 0));
    }

    #[test]
    fn some_are_delivered_twice() {
        let now = Instant::now();
        let mut queue = queue(10);
        queue.deliver_twice(5);
        assert_eq!(receipts(&mut queue, now).len(), 10);
        assert_eq!(receipts(&mut queue, now), ["5-2", "10-2"]);
        assert_eq!(queue.deliveries(), 12);
    }
}
