//! The objects of a batch. The same messages give the same object: its lines are sorted, and its key has their hash.

use std::io::{self, Write};

use chrono::{DateTime, NaiveDate, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use super::batch::{Event, Malformed};
use crate::feed::events::{malformed_name, object_name};
use crate::hex::hex;
use crate::sha256::Sha256;

/// An object to write.
pub struct Object {
    /// Its key at the destination.
    pub key: String,
    /// Packed with gzip.
    pub body: Vec<u8>,
}

/// Messages as they are packed, with the hash of the lines.
struct Lines {
    gzip: GzEncoder<Vec<u8>>,
    hash: Sha256,
}

impl Lines {
    fn new() -> Self {
        // Level 6 takes half as much time again for a twentieth less, level 1 half the time for a third more.
        Self { gzip: GzEncoder::new(Vec::new(), Compression::new(3)), hash: Sha256::new() }
    }

    fn add(&mut self, line: &[u8]) -> io::Result<()> {
        for part in [line, b"\n"] {
            self.hash.update(part);
            self.gzip.write_all(part)?;
        }
        Ok(())
    }

    /// The body, and the hash as 32 hexadecimal digits.
    fn finish(self) -> io::Result<(Vec<u8>, String)> {
        let hash = self.hash.finalize();
        Ok((self.gzip.finish()?, hex(&hash[..16])))
    }
}

/// The object of events, for a batch that was closed on a day.
pub fn of_events(day: NaiveDate, events: &mut [Event]) -> io::Result<Object> {
    events.sort_unstable_by(|a, b| a.line.cmp(&b.line));
    let mut lines = Lines::new();
    for event in events {
        lines.add(event.line.as_bytes())?;
    }
    let (body, hash) = lines.finish()?;
    Ok(Object { key: format!("events/dt={day}/{}.gz", object_name(day, &hash)), body })
}

/// One line of an object of messages that are no events.
#[derive(Serialize)]
struct MalformedLine<'m> {
    message_id: &'m str,
    reason: &'m str,
    field: Option<&'static str>,
    sent_at: Option<DateTime<Utc>>,
    /// As it was: whatever SQS delivers is text.
    body: &'m str,
}

/// The object of messages that are no events: an import reads each as it was sent.
pub(super) fn of_malformed(day: NaiveDate, malformed: &mut [Malformed]) -> io::Result<Object> {
    malformed.sort_unstable_by(|a, b| (&a.body, &a.message_id).cmp(&(&b.body, &b.message_id)));
    let mut lines = Lines::new();
    for message in malformed {
        lines.add(&serde_json::to_vec(&MalformedLine {
            message_id: &message.message_id,
            reason: &message.error.reason,
            field: message.error.field,
            sent_at: message.sent_at,
            body: &message.body,
        })?)?;
    }
    let (body, hash) = lines.finish()?;
    Ok(Object { key: format!("malformed/dt={day}/{}.gz", malformed_name(day, &hash)), body })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;
    use crate::feed::RecordError;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 27).unwrap()
    }

    fn event(line: &str) -> Event {
        Event { message_id: line.into(), line: line.to_owned() }
    }

    fn text(object: &Object) -> String {
        let mut text = String::new();
        GzDecoder::new(object.body.as_slice()).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn the_same_messages_give_the_same_object_in_any_order() {
        let mut lines: Vec<String> = (0..200).map(|number| format!("{{\"id\": {}}}", number % 150)).collect();
        let first = of_events(day(), &mut lines.iter().map(|line| event(line)).collect::<Vec<_>>()).unwrap();
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20 {
            random.shuffle(&mut lines);
            let other =
                of_events(day(), &mut lines.iter().map(|line| event(line)).collect::<Vec<_>>()).unwrap();
            assert_eq!((&other.key, &other.body), (&first.key, &first.body));
        }
        assert_eq!(text(&first).lines().count(), 200);
        lines.pop();
        let fewer = of_events(day(), &mut lines.iter().map(|line| event(line)).collect::<Vec<_>>()).unwrap();
        assert_ne!(fewer.key, first.key);
    }

    /// By `sha256sum` of the line with its end.
    #[test]
    fn the_key_has_the_day_and_the_hash_of_the_lines() {
        let object = of_events(day(), &mut [event("{\"id\": 1}")]).unwrap();
        assert_eq!(
            object.key,
            "events/dt=2026-11-27/events_20261127_82b0cf5da91b6a7e02f031e2da2fa5ed.ndjson.gz"
        );
        assert_eq!(text(&object), "{\"id\": 1}\n");
    }

    #[test]
    fn a_message_that_is_no_event_is_kept_as_it_was() {
        let body = "\u{feff}\"line\r\n\t\u{fffd}";
        let error =
            RecordError { reason: "bad".to_owned(), field: Some("user_id"), ..RecordError::default() };
        let sent_at = DateTime::from_timestamp_millis(1_795_000_000_123);
        let message = Malformed { message_id: "m1".into(), body: body.to_owned(), sent_at, error };
        let object = of_malformed(day(), &mut [message]).unwrap();
        assert!(object.key.starts_with("malformed/dt=2026-11-27/malformed_20261127_"), "{}", object.key);
        let line = text(&object);
        assert_eq!(line.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            line,
            serde_json::json!({
                "message_id": "m1", "reason": "bad", "field": "user_id", "sent_at": "2026-11-18T11:06:40.123Z", "body": body
            })
        );
    }
}
