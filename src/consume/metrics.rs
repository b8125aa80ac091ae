//! What a consumer counts.

use chrono::{DateTime, Utc};
use metrics::{counter, describe_counter, describe_gauge, gauge};

const RECEIVED: &str = "landfall_consume_received_total";
const WRITTEN: &str = "landfall_consume_written_total";
const MALFORMED: &str = "landfall_consume_malformed_total";
const DELETED: &str = "landfall_consume_deleted_total";
const BATCHES: &str = "landfall_consume_batches_total";
const RETRIES: &str = "landfall_consume_retries_total";
const IN_HAND: &str = "landfall_consume_in_hand";
const OLDEST: &str = "landfall_consume_oldest_seconds";

/// Describes all metrics; counters begin at zero, so that their first increase shows.
pub(super) fn describe() {
    describe_counter!(RECEIVED, "messages received");
    describe_counter!(WRITTEN, "events in objects that are durable");
    describe_counter!(MALFORMED, "messages that are no events, in objects that are durable");
    describe_counter!(DELETED, "messages deleted");
    describe_counter!(BATCHES, "batches that are durable");
    describe_counter!(
        RETRIES,
        "attempts to receive, to write or to send to the dead-letter queue that failed"
    );
    describe_gauge!(IN_HAND, "messages received and not yet deleted");
    describe_gauge!(OLDEST, "seconds since the oldest message in hand was sent");
    for name in [RECEIVED, WRITTEN, MALFORMED, DELETED, BATCHES, RETRIES] {
        counter!(name).absolute(0);
    }
}

pub(super) fn received(messages: usize) {
    counter!(RECEIVED).increment(messages as u64);
}

pub(super) fn written(events: usize) {
    counter!(WRITTEN).increment(events as u64);
}

pub(super) fn malformed(messages: usize) {
    counter!(MALFORMED).increment(messages as u64);
}

pub(super) fn deleted(messages: usize) {
    counter!(DELETED).increment(messages as u64);
}

pub(super) fn batch() {
    counter!(BATCHES).increment(1);
}

pub(super) fn retry() {
    counter!(RETRIES).increment(1);
}

pub(super) fn in_hand(messages: usize, oldest: Option<DateTime<Utc>>) {
    gauge!(IN_HAND).set(messages as f64);
    let seconds = oldest.map_or(0.0, |sent_at| (Utc::now() - sent_at).num_milliseconds() as f64 / 1_000.0);
    gauge!(OLDEST).set(seconds.max(0.0));
}
