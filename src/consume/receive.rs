//! Receives messages.

use std::time::{Duration, Instant};

use super::Consumer;
use super::gather::Gather;
use super::in_hand::InHand;
use super::metrics;
use crate::ingest::{Pause, Stop};
use crate::queue::{LONG_POLL, QueueError};
use crate::sink::SinkError;

/// Checks that everything works, and receives once. Returns false if it is stopped before.
///
/// # Errors
///
/// Something cannot be used until an operator acts.
pub(super) fn check(
    consumer: &Consumer,
    gather: &Gather,
    in_hand: &InHand,
    stop: &Stop,
) -> anyhow::Result<bool> {
    let mut pause = pause();
    while !stop.is_set() {
        match try_check(consumer, gather, in_hand, stop) {
            Ok(()) => {
                let (queue, to) = (consumer.queue.url(), consumer.sink.location());
                tracing::info!(%queue, to, "consuming");
                return Ok(true);
            }
            Err(Unusable::Queue(error @ QueueError::Fatal(_))) => return Err(error.into()),
            Err(Unusable::Sink(error @ SinkError::Fatal(_))) => return Err(error.into()),
            Err(error) => tracing::warn!(%error, "not ready, trying again"),
        }
        metrics::retry();
        pause.wait(stop);
    }
    Ok(false)
}

#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Sink(#[from] SinkError),
}

fn try_check(consumer: &Consumer, gather: &Gather, in_hand: &InHand, stop: &Stop) -> Result<(), Unusable> {
    consumer.sink.check()?;
    if let Some(queue) = &consumer.dead_letters {
        queue.check()?;
    }
    Ok(receive(consumer, gather, in_hand, Duration::ZERO, stop)?)
}

/// Receives until `stop` is set, as long as what is received can be written.
pub(super) fn repeat(consumer: &Consumer, gather: &Gather, in_hand: &InHand, stop: &Stop) {
    let mut pause = pause();
    while gather.has_room(stop) {
        match receive(consumer, gather, in_hand, LONG_POLL, stop) {
            Ok(()) => pause.reset(),
            Err(error) => {
                tracing::warn!(%error, "cannot receive messages, trying again");
                metrics::retry();
                pause.wait(stop);
            }
        }
    }
}

fn pause() -> Pause {
    Pause::new(Duration::from_secs(1), Duration::from_secs(60))
}

fn receive(
    consumer: &Consumer,
    gather: &Gather,
    in_hand: &InHand,
    wait: Duration,
    stop: &Stop,
) -> Result<(), QueueError> {
    let began = Instant::now();
    let messages = consumer.queue.receive(wait, stop.wait())?;
    // When SQS hid them is not known: after a wait only just now, before a slow response earlier.
    let since = began.max(Instant::now().checked_sub(consumer.queue.visibility() / 4).unwrap_or(began));
    metrics::received(messages.len());
    tracing::debug!(messages = messages.len(), "received");
    gather.add(in_hand.add(messages, since));
    Ok(())
}
