use chrono::DateTime;
use uuid::Uuid;

use crate::feed::samples::{Trickle, fixtures};

use super::*;
use crate::ledger::Scope;

fn name(file: &str) -> DumpName {
    DumpName { scope: Scope::default(), period: None, name: file.to_owned() }
}

/// The result of a decoder, as text.
fn render(decoded: Result<EventsObject, DecodeError>) -> String {
    let object = match decoded {
        Ok(object) => object,
        Err(DecodeError::Rejected(rejection)) => {
            return rejection.errors().iter().map(|error| format!("rejected: {error}\n")).collect();
        }
        Err(error) => return format!("error: {error}"),
    };
    let mut text = format!("{} records\n", object.records());
    for event in &object.events {
        let at = DateTime::from_timestamp_micros(event.received_at).unwrap();
        text += &format!("{} received {at} {}\n", event.id, columns(object.columns(event)));
    }
    for record in &object.rejected {
        text += &format!("{}\n", record.error);
    }
    text
}

/// The columns after id and time of receipt: instants and numbers as numbers, nulls as `-`.
fn columns(mut bytes: &[u8]) -> String {
    let mut shown = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            shown.push("-".to_owned());
            bytes = rest;
            continue;
        };
        let (value, rest) = rest.split_at(length);
        shown.push(match shown.len() {
            0 | 5 => Uuid::from_slice(value).unwrap().to_string(),
            1 | 6..10 => i64::from_be_bytes(value.try_into().unwrap()).to_string(),
            20 | 21 => (value == [1]).to_string(),
            _ => String::from_utf8_lossy(value).escape_debug().to_string(),
        });
        bytes = rest;
    }
    shown[2..].join("|")
}

#[test]
fn every_fixture_decodes_as_its_snapshot_says() {
    for (file, bytes) in fixtures("events") {
        insta::assert_snapshot!(file.as_str(), render(decode(&name(&file), &mut bytes.as_slice())));
    }
}

#[test]
fn chunks_do_not_change_what_is_decoded() {
    for (file, bytes) in fixtures("events") {
        let whole = render(decode(&name(&file), &mut bytes.as_slice()));
        for chunk in [1, 7] {
            assert_eq!(render(decode(&name(&file), &mut Trickle(&bytes, chunk))), whole, "{file} by {chunk}");
        }
    }
}

#[test]
fn the_digest_is_that_of_the_event_and_not_of_its_spelling() {
    let digests = |text: &str| -> Vec<_> {
        let object = decode(&name("events_20190701_a.ndjson"), &mut text.as_bytes()).unwrap();
        assert_eq!(object.rejected, []);
        object.events.iter().map(|event| event.digest).collect()
    };
    let file = |wanted: &str| fixtures("events").into_iter().find(|(file, _)| file == wanted).unwrap().1;
    let text = |wanted: &str| String::from_utf8(file(wanted)).unwrap();
    let basic = digests(&text("basic.ndjson"))[0];
    assert_eq!(digests(&text("any_order.ndjson")), [basic]);
    assert_eq!(digests(&text("repeats.ndjson")), [basic; 3]);
    let conflict = digests(&text("conflict.ndjson"));
    assert_eq!(conflict[0], basic);
    assert!(conflict[1] != basic && conflict[2] != basic && conflict[1] != conflict[2]);
}

#[test]
fn an_object_of_wrong_records_is_rejected_before_they_fill_the_memory() {
    let line = format!("{{\"id\": \"{}\"}}\n", "x".repeat(1_000_000));
    let error = decode(&name("events_20190701_a.ndjson"), &mut line.repeat(40).as_bytes()).unwrap_err();
    let reason = error.to_string();
    assert!(
        reason.starts_with("record 0, id: `xxx") && reason.contains("bytes of records are wrong"),
        "{reason}"
    );
}

/// What a consumer of messages keeps as an event lands, and nothing else.
#[test]
fn a_single_event_is_checked_as_its_line_is() {
    let mut seen = [0, 0];
    for (file, bytes) in fixtures("events") {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let body = line.strip_suffix(b"\n").unwrap_or(line);
            // An import skips empty lines, and a mark at the beginning of its object; a message has neither.
            if json_stream::trim(body).is_empty() || body.starts_with(b"\xef\xbb\xbf") {
                assert!(check(body).is_err(), "{file}");
                continue;
            }
            // Not the first line, by which other formats are recognized.
            let object = decode(&name(&file), &mut [b"\n", line].concat().as_slice());
            let Ok(object) = object else {
                assert!(check(body).is_err(), "{file}");
                continue;
            };
            let rejected = object.rejected.first().map(|record| (&record.error.reason, record.error.field));
            let checked = check(body).err();
            assert_eq!(checked.as_ref().map(|error| (&error.reason, error.field)), rejected, "{file}");
            seen[usize::from(checked.is_some())] += 1;
        }
    }
    assert!(seen[0] > 10 && seen[1] > 10, "{seen:?}");
    // The longest line, and one more byte.
    let line = |bytes: usize| {
        let basic = fixtures("events").into_iter().find(|(file, _)| file.starts_with("basic")).unwrap().1;
        let mut line = basic.split(|byte| *byte == b'\n').next().unwrap().to_vec();
        line.resize(bytes, b' ');
        line
    };
    for bytes in [MAX_LINE_BYTES - 1, MAX_LINE_BYTES] {
        let text = [line(bytes), b"\n".to_vec()].concat();
        let object = decode(&name("long"), &mut text.as_slice()).unwrap();
        assert_eq!(check(&line(bytes)).is_ok(), object.rejected.is_empty(), "{bytes}");
    }
}
