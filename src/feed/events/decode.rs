//! From the bytes of an object to its events: a bad one is rejected alone.

use std::borrow::Cow;
use std::io::Read;

use serde::Deserialize;

use super::content::EventsObject;
use super::event;
use super::fields::FieldError;
use super::key::is_of_malformed;
use super::rows::EncodedRows;
use crate::feed::lines::{Line, Lines, MAX_LINE_BYTES};
use crate::feed::{Content, DecodeError, DumpName, RecordError, RejectedRecord, json_stream, signature};

/// Bytes in memory of one object: a consumer's batch has a tenth of it.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// Bytes of rejected records of one object: with more, it is rejected as a whole.
const MAX_REJECTED_BYTES: usize = 32 * 1024 * 1024;

/// What a consumer keeps of a message that is no event.
#[derive(Deserialize)]
struct Malformed<'m> {
    #[serde(borrow)]
    body: Cow<'m, str>,
}

/// Decodes an object; see [`crate::feed::TypedFeed::decode`].
///
/// In an object of messages that were no events, each may be one by now: it is read as it was sent.
pub fn decode(name: &DumpName, body: &mut dyn Read) -> Result<EventsObject, DecodeError> {
    let mut text = signature::open(body)?;
    let mut lines = Lines::new(&mut text.body, text.offset);
    let mut object = EventsObject::default();
    let is_of_malformed = is_of_malformed(&name.name);
    while let Some(line) = lines.next()? {
        let bytes = json_stream::trim(line.bytes);
        if bytes.is_empty() {
            continue;
        }
        let message =
            if is_of_malformed { serde_json::from_slice::<Malformed<'_>>(bytes).ok() } else { None };
        let raw = message.as_ref().map_or(line.bytes, |message| message.body.as_bytes());
        match read(&line, json_stream::trim(raw), &mut object.rows) {
            Ok(event) => object.events.push(event),
            Err((field, reason)) => {
                let record = Some(object.records());
                let error = RecordError { reason, record, field, offset: Some(line.offset) };
                object.reject(RejectedRecord { error, raw: raw.to_vec() });
            }
        }
        if object.rejected_bytes > MAX_REJECTED_BYTES {
            let first = object.rejected.swap_remove(0).error;
            let reason =
                format!("{}; more than {MAX_REJECTED_BYTES} bytes of records are wrong", first.reason);
            return Err(RecordError { reason, ..first }.into());
        }
        if object.size_in_memory() > MAX_BYTES {
            let reason = format!("the object takes more than {MAX_BYTES} bytes of memory: split it");
            return Err(RecordError::of_dump(reason).into());
        }
    }
    if lines.offset() == text.offset {
        let reason = "the object is empty: it has no bytes, not even a line end".to_owned();
        return Err(RecordError { reason, offset: Some(text.offset), ..RecordError::default() }.into());
    }
    object.shrink();
    Ok(object)
}

fn read(line: &Line<'_>, bytes: &[u8], rows: &mut EncodedRows) -> Result<super::Event, FieldError> {
    if line.is_cut {
        return Err(too_long());
    }
    if bytes.is_empty() {
        return Err(empty());
    }
    event::read(bytes, rows)
}

fn empty() -> FieldError {
    (None, "it is empty".to_owned())
}

fn too_long() -> FieldError {
    (None, format!("the line is longer than {MAX_LINE_BYTES} bytes"))
}

/// Says of one event whether it would land if it were a line of an object, and why not. Its line breaks count as spaces.
pub fn check(event: &[u8]) -> Result<(), RecordError> {
    let bytes = json_stream::trim(event);
    let checked = if bytes.is_empty() {
        Err(empty())
    } else if event.len() >= MAX_LINE_BYTES {
        // With its end, it would be cut.
        Err(too_long())
    } else {
        event::read(bytes, &mut EncodedRows::default())
    };
    checked.map(drop).map_err(|(field, reason)| RecordError { reason, field, ..RecordError::default() })
}

#[cfg(test)]
mod tests;
