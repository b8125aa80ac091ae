//! What a follower counts of the messages; `serve` has what is in the ledger.

use metrics::{counter, describe_counter, describe_gauge, gauge};

use super::batch::Landed;

const RECEIVED: &str = "landfall_follow_received_total";
const DELETED: &str = "landfall_follow_deleted_total";
const LANDED: &str = "landfall_follow_landed_total";
const REJECTED: &str = "landfall_follow_rejected_total";
const FAILED: &str = "landfall_follow_failed_total";
const RETRIES: &str = "landfall_follow_retries_total";
const LAG: &str = "landfall_follow_lag_seconds";

/// Describes all metrics; counters begin at zero, so that their first increase shows.
pub(super) fn describe() {
    describe_counter!(RECEIVED, "messages received");
    describe_counter!(DELETED, "messages that are done");
    describe_counter!(LANDED, "dumps that messages told of and that landed");
    describe_counter!(REJECTED, "dumps that messages told of and that were rejected");
    describe_counter!(
        FAILED,
        "objects that messages told of and that could not be looked up, read or written"
    );
    describe_counter!(RETRIES, "requests for messages that failed");
    describe_gauge!(LAG, "seconds from the oldest event to the commit, in the latest batch of messages");
    for name in [RECEIVED, DELETED, LANDED, REJECTED, FAILED, RETRIES] {
        counter!(name).absolute(0);
    }
}

pub(super) fn messages_done(done: usize, left: usize, landed: &Landed) {
    counter!(RECEIVED).increment((done + left) as u64);
    counter!(DELETED).increment(done as u64);
    counter!(LANDED).increment(landed.report.landed as u64);
    counter!(REJECTED).increment(landed.report.rejected.len() as u64);
    counter!(FAILED).increment(landed.undone.len() as u64);
    if let Some(lag) = landed.lag_seconds {
        gauge!(LAG).set(lag);
    }
}

pub(super) fn retry() {
    counter!(RETRIES).increment(1);
}
