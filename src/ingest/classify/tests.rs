//! Every case of the decision.

use chrono::DateTime;

use super::*;

const KEY: &str = "a/dump.json";

fn sha(byte: u8) -> [u8; 32] {
    [byte; 32]
}

fn fetched(modified_at: i64, byte: u8) -> Revision {
    Revision { modified_at, sha256: sha(byte) }
}

fn delivery(seen_entry_id: Option<i32>) -> Delivery<'static> {
    Delivery { feed: "spot", source: "s3://b", key: KEY, dump: None, seen_entry_id, replay: false }
}

fn seen(id: i32, byte: u8, status: Status) -> SeenEntry {
    SeenEntry {
        id,
        source: "s3://b".to_owned(),
        key: KEY.to_owned(),
        fingerprint: String::new(),
        sha256: Some(sha(byte).to_vec()),
        status: status.as_str().to_owned(),
        rows_rejected: 0,
    }
}

fn current(id: i32, byte: u8, modified_at: i64, key: &str) -> CurrentRevision {
    CurrentRevision {
        id,
        name: None,
        source: "s3://b".to_owned(),
        key: key.to_owned(),
        modified_at: DateTime::from_timestamp_micros(modified_at).unwrap(),
        sha256: Some(sha(byte).to_vec()),
        confirmed: false,
        status: Status::Landed.as_str().to_owned(),
    }
}

#[test]
fn a_new_dump_is_the_first() {
    let action = classify(delivery(None), None, None, fetched(5, 1), 0);
    assert_eq!(action, Action::Write(Role::First, fetched(5, 1)));
}

#[test]
fn what_was_rejected_before_may_be_the_first() {
    let rejected = seen(7, 1, Status::Rejected);
    let action = classify(delivery(Some(7)), Some(&rejected), None, fetched(5, 1), 0);
    assert_eq!(action, Action::Write(Role::First, fetched(5, 1)));
}

#[test]
fn known_bytes_are_skipped_wherever_they_are() {
    let here = seen(7, 1, Status::Landed);
    assert_eq!(classify(delivery(Some(7)), Some(&here), None, fetched(9, 1), 0), Action::Skip);
    let elsewhere = current(7, 1, 5, "other/dump.json");
    assert_eq!(classify(delivery(None), None, Some(&elsewhere), fetched(9, 1), 0), Action::Skip);
}

#[test]
fn the_object_of_the_current_revision_is_newer_whatever_its_clock_says() {
    let (here, now) = (seen(7, 1, Status::Landed), current(7, 1, 50, KEY));
    let action = classify(delivery(Some(7)), Some(&here), Some(&now), fetched(5, 2), 0);
    assert_eq!(action, Action::Write(Role::Replaces(7), fetched(51, 2)));
    // Not if the bytes were found elsewhere as well, nor if somebody else imported it since the plan was made.
    let confirmed = CurrentRevision { confirmed: true, ..now.clone() };
    let action = classify(delivery(Some(7)), Some(&here), Some(&confirmed), fetched(5, 2), 0);
    assert_eq!(action, Action::Write(Role::Outdated, fetched(5, 2)));
    let action = classify(delivery(Some(6)), Some(&here), Some(&now), fetched(5, 2), 0);
    assert_eq!(action, Action::Write(Role::Outdated, fetched(5, 2)));
}

#[test]
fn elsewhere_the_modification_time_decides_then_the_hash() {
    let now = current(7, 5, 50, "other/dump.json");
    for (modified_at, byte, role) in [
        (51, 1, Role::Replaces(7)),
        (50, 6, Role::Replaces(7)),
        (50, 4, Role::Outdated),
        (49, 9, Role::Outdated),
    ] {
        let action = classify(delivery(None), None, Some(&now), fetched(modified_at, byte), 0);
        assert_eq!(action, Action::Write(role, fetched(modified_at, byte)));
    }
    let withdrawn = CurrentRevision { status: Status::Withdrawn.as_str().to_owned(), ..now };
    let action = classify(delivery(None), None, Some(&withdrawn), fetched(49, 9), 0);
    assert_eq!(action, Action::Write(Role::Withdrawn, fetched(49, 9)));
}

#[test]
fn a_dump_with_rejected_records_replaces_itself_when_it_is_replayed() {
    let here = SeenEntry { rows_rejected: 1, ..seen(7, 1, Status::Landed) };
    let now = current(7, 1, 50, KEY);
    let replayed = Delivery { replay: true, ..delivery(Some(7)) };
    let action = classify(replayed, Some(&here), Some(&now), fetched(50, 1), 0);
    assert_eq!(action, Action::Write(Role::Replaces(7), fetched(51, 1)));
    // Not if as many records are rejected as before.
    assert_eq!(classify(replayed, Some(&here), Some(&now), fetched(50, 1), 1), Action::Skip);
    // Only once, and only on demand.
    let done = SeenEntry { id: 8, rows_rejected: 0, ..here.clone() };
    assert_eq!(classify(replayed, Some(&done), Some(&now), fetched(50, 1), 0), Action::Skip);
    assert_eq!(classify(delivery(Some(7)), Some(&here), Some(&now), fetched(50, 1), 0), Action::Skip);
}
