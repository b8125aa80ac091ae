//! Receives, lands and deletes.

use std::time::{Duration, Instant};

use super::Follower;
use super::arrivals::Arrivals;
use super::batch::{self, Landed};
use super::database;
use super::left::{TOO_EARLY_HIDDEN, Warned, hidden_after};
use super::metrics;
use crate::ingest::{Pause, Stop};
use crate::queue::{LONG_POLL, Message, QueueError};

/// Messages in hand at most. More at once make better batches; fewer are finished sooner when the process is to end.
const MAX_IN_HAND: usize = 100;

/// Follows the queue until `stop` is set.
///
/// # Errors
///
/// The queue has never worked and cannot be used, or the database refuses the password.
pub(super) fn follow(follower: &Follower, stop: &Stop) -> anyhow::Result<()> {
    let mut pause = Pause::new(Duration::from_secs(1), Duration::from_secs(60));
    let mut warned = Warned::default();
    let mut has_worked = false;
    let mut in_trouble = false;
    while !stop.is_set() {
        // Whatever is received while nothing can land counts as a failed attempt, and gets nearer to the dead-letter queue.
        if in_trouble {
            pause.wait(stop);
            if stop.is_set() || !a_bucket_answers(follower) {
                continue;
            }
            in_trouble = false;
        }
        if database::connect(&follower.database, stop)?.is_none() {
            break;
        }
        // The first time, an answer is wanted at once: whether the queue is there at all.
        let wait = if has_worked { LONG_POLL } else { Duration::ZERO };
        let messages = match receive(follower, wait, stop) {
            Ok(messages) => messages,
            Err(error @ QueueError::Fatal(_)) if !has_worked => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "cannot receive messages, trying again");
                metrics::retry();
                pause.wait(stop);
                continue;
            }
        };
        if !has_worked {
            tracing::info!(queue = %follower.queue.url(), "following");
        }
        has_worked = true;
        if messages.is_empty() {
            pause.reset();
            continue;
        }
        in_trouble = finish(follower, &messages, &mut warned, stop)?;
        if !in_trouble {
            pause.reset();
        }
    }
    Ok(())
}

/// Whether any bucket can be listed.
fn a_bucket_answers(follower: &Follower) -> bool {
    follower.buckets.iter().any(|bucket| bucket.find(bucket.prefix()).is_ok())
}

/// Waits for messages; if there are many, takes some more at once.
fn receive(follower: &Follower, mut wait: Duration, stop: &Stop) -> Result<Vec<Message>, QueueError> {
    let mut hidden_since = None;
    let mut messages: Vec<Message> = Vec::new();
    loop {
        let received = match follower.queue.receive(wait, stop.wait()) {
            Ok(received) => received,
            // What is in hand already can be done.
            Err(_) if !messages.is_empty() => return Ok(messages),
            Err(error) => return Err(error),
        };
        let was_last = received.is_empty();
        for message in received {
            // SQS may deliver twice; only the newer receipt deletes.
            messages.retain(|other| other.id != message.id);
            messages.push(message);
        }
        let hidden_since = hidden_since.get_or_insert_with(Instant::now);
        let soon_visible = hidden_since.elapsed() > follower.queue.visibility() / 3;
        if was_last || messages.len() >= MAX_IN_HAND || soon_visible || stop.is_set() {
            return Ok(messages);
        }
        wait = Duration::ZERO;
    }
}

/// Lands what the messages tell of, deletes those that are done, and gives the others back. Returns whether to receive no
/// more for a while.
fn finish(
    follower: &Follower,
    messages: &[Message],
    warned: &mut Warned,
    stop: &Stop,
) -> anyhow::Result<bool> {
    let began = Instant::now();
    let arrivals = Arrivals::of(messages, &follower.buckets);
    follower.queue.keep(messages, || {
        let landed = batch::land(follower, &arrivals, stop)?;
        let (mut done, mut left) = (Vec::new(), Vec::new());
        for (message, arrived) in messages.iter().zip(&arrivals.messages) {
            let hidden = match arrived {
                Err(error) => {
                    warned.warn_once(message, error);
                    Some(hidden_after(message.receives, follower.queue.visibility()))
                }
                Ok(arrived) if !arrived.is_disjoint(&landed.undone) => {
                    Some(hidden_after(message.receives, follower.queue.visibility()))
                }
                Ok(arrived) if !arrived.is_disjoint(&landed.too_early) => Some(TOO_EARLY_HIDDEN),
                Ok(_) => None,
            };
            match hidden {
                Some(hidden) => left.push((&message.receipt, hidden)),
                None => done.push(&message.receipt),
            }
        }
        log(&arrivals, &landed, done.len(), left.len(), began);
        if let Some(error) = follower.queue.delete(done).error {
            tracing::warn!(%error, "messages that are done come again, which changes nothing");
        }
        if let Err(error) = follower.queue.hide(left) {
            tracing::debug!(%error, "messages come again sooner or later than they should");
        }
        Ok(landed.in_trouble)
    })
}

fn log(arrivals: &Arrivals, landed: &Landed, done: usize, left: usize, began: Instant) {
    let report = &landed.report;
    for dump in &report.too_early {
        tracing::warn!(location = dump.location, day = %dump.day, "too early: its message comes again in six hours");
    }
    metrics::messages_done(done, left, landed);
    tracing::info!(
        messages = done + left,
        left,
        landed = report.landed,
        unchanged = report.unchanged + report.still_rejected + report.superseded,
        rejected = report.rejected.len(),
        failed = landed.undone.len(),
        too_early = landed.too_early.len(),
        ignored = arrivals.ignored,
        lag_seconds = landed.lag_seconds,
        elapsed_ms = began.elapsed().as_millis() as u64,
        "messages done"
    );
}
