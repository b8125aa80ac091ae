//! Writes batches, and deletes their messages.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use chrono::{NaiveDate, Utc};

use super::Consumer;
use super::batch::{Batch, Malformed};
use super::gather::Gather;
use super::in_hand::InHand;
use super::metrics;
use super::object::{self, Object};
use crate::ingest::{Pause, Stop, jittered};

/// Attempts to write an object after a signal.
const LAST_ATTEMPTS: u32 = 3;

/// Writes batch after batch, until there are no receivers and no messages any more.
///
/// # Errors
///
/// After `stop` is set, a batch could not be written: its messages come again.
pub(super) fn repeat(
    consumer: &Consumer,
    gather: &Gather,
    in_hand: &InHand,
    stop: &Stop,
) -> anyhow::Result<()> {
    let writer = Writer { consumer, gather, in_hand, stop };
    while let Some(batch) = gather.next() {
        if let Err(error) = writer.finish(batch) {
            stop.set();
            // Nobody has to wait until they would be visible by themselves.
            let left = in_hand.release_all();
            if let Err(error) = consumer.queue.hide(left.iter().map(|receipt| (receipt, Duration::ZERO))) {
                tracing::debug!(%error, "messages come again later than they could");
            }
            return Err(error);
        }
    }
    Ok(())
}

struct Writer<'c> {
    consumer: &'c Consumer,
    gather: &'c Gather,
    in_hand: &'c InHand,
    stop: &'c Stop,
}

impl Writer<'_> {
    fn finish(&self, mut batch: Batch) -> anyhow::Result<()> {
        let began = Instant::now();
        // The key has it: whenever the object is written, it is the same.
        let day = Utc::now().date_naive();
        let (events, malformed, bytes) = (batch.events.len(), batch.malformed.len(), batch.bytes);
        let mut deleted = 0;
        let mut key = None;
        if !batch.events.is_empty() {
            let object = object::of_events(day, &mut batch.events)?;
            self.put(&object)?;
            metrics::written(events);
            deleted += self.delete(batch.events.iter().map(|event| &event.message_id));
            key = Some(object.key);
        }
        let mut malformed_key = None;
        if !batch.malformed.is_empty() {
            let (object, finished) = self.finish_malformed(day, &mut batch.malformed)?;
            deleted += finished;
            malformed_key = Some(object.key);
        }
        metrics::batch();
        tracing::info!(
            events,
            malformed,
            left = events + malformed - deleted,
            bytes,
            key,
            malformed_key,
            elapsed_ms = began.elapsed().as_millis() as u64,
            "written"
        );
        Ok(())
    }

    /// Keeps messages that are no events: none is deleted unless it is durable, and in the dead-letter queue if there is one.
    fn finish_malformed(
        &self,
        day: NaiveDate,
        malformed: &mut [Malformed],
    ) -> anyhow::Result<(Object, usize)> {
        let object = object::of_malformed(day, malformed)?;
        self.put(&object)?;
        metrics::malformed(malformed.len());
        let ids = malformed.iter().map(|message| &message.message_id);
        let Some(queue) = &self.consumer.dead_letters else { return Ok((object, self.delete(ids))) };
        let copies: Vec<_> =
            malformed.iter().map(|message| (message.body.as_str(), message.reason())).collect();
        let (mut done, mut left) = (Vec::new(), Vec::new());
        for (id, sent) in ids.zip(queue.send_with_reasons(&copies)) {
            match sent {
                Ok(()) => done.push(id),
                Err(error) => {
                    metrics::retry();
                    tracing::warn!(message_id = &**id, %error, "the dead-letter queue does not take a message: it comes again");
                    left.push(id);
                }
            }
        }
        self.in_hand.release(left);
        Ok((object, self.delete(done)))
    }

    /// Writes an object, again and again until that works. After `stop` is set, a few times more.
    fn put(&self, object: &Object) -> anyhow::Result<()> {
        let mut pause = Pause::new(Duration::from_secs(1), Duration::from_secs(60));
        let mut last_attempts = 0;
        let mut has_failed = false;
        while let Err(error) = self.consumer.sink.put(&object.key, &object.body) {
            metrics::retry();
            has_failed = true;
            self.gather.set_stalled(true);
            if !self.stop.is_set() {
                tracing::warn!(key = object.key, %error, "a batch cannot be written, trying again");
                pause.wait(self.stop);
                continue;
            }
            last_attempts += 1;
            if last_attempts == LAST_ATTEMPTS {
                return Err(error).context("what was in hand could not be written: the messages come again");
            }
            thread::sleep(jittered(Duration::from_secs(1)));
        }
        if has_failed {
            tracing::info!(key = object.key, "batches can be written again");
            self.gather.set_stalled(false);
        }
        Ok(())
    }

    /// Deletes messages; returns how many are. The others come again, which changes nothing.
    fn delete<'m>(&self, ids: impl IntoIterator<Item = &'m Arc<str>>) -> usize {
        let receipts = self.in_hand.release(ids);
        let deleted = self.consumer.queue.delete(&receipts);
        metrics::deleted(deleted.count);
        if let Some(error) = deleted.error {
            tracing::warn!(%error, "messages that are done come again, which changes nothing");
        }
        deleted.count
    }
}
