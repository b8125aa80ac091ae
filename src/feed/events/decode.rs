//! From the bytes of an object to its events: a bad one is rejected alone.

use std::io::Read;

use super::content::EventsObject;
use super::event;
use super::fields::FieldError;
use crate::feed::lines::{Line, Lines, MAX_LINE_BYTES};
use crate::feed::{Content, DecodeError, DumpName, RecordError, RejectedRecord, json_stream, signature};

/// Bytes in memory of one object: a consumer's batch has a tenth of it.
const MAX_BYTES: usize = 256 * 1024 * 1024;
/// Bytes of rejected records of one object: with more, it is rejected as a whole.
const MAX_REJECTED_BYTES: usize = 32 * 1024 * 1024;

/// Decodes an object; see [`crate::feed::TypedFeed::decode`].
pub fn decode(_: &DumpName, body: &mut dyn Read) -> Result<EventsObject, DecodeError> {
    let mut text = signature::open(body)?;
    let mut lines = Lines::new(&mut text.body, text.offset);
    let mut object = EventsObject::default();
    while let Some(line) = lines.next()? {
        let bytes = json_stream::trim(line.bytes);
        if bytes.is_empty() {
            continue;
        }
        let begin = object.columns.len();
        match read(&line, bytes, &mut object.columns) {
            Ok(event) => object.events.push(event),
            Err((field, reason)) => {
                object.columns.truncate(begin);
                let record = Some(object.records());
                let error = RecordError { reason, record, field, offset: Some(line.offset) };
                object.reject(RejectedRecord { error, raw: line.bytes.to_vec() });
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

fn read(line: &Line<'_>, bytes: &[u8], columns: &mut Vec<u8>) -> Result<super::Event, FieldError> {
    if line.is_cut {
        return Err(too_long());
    }
    event::read(bytes, columns)
}

fn too_long() -> FieldError {
    (None, format!("the line is longer than {MAX_LINE_BYTES} bytes"))
}

/// Says of one event whether it would land if it were a line of an object, and why not. Its line breaks count as spaces.
pub fn check(event: &[u8]) -> Result<(), RecordError> {
    let bytes = json_stream::trim(event);
    let checked = if bytes.is_empty() {
        Err((None, "it is empty".to_owned()))
    } else if event.len() >= MAX_LINE_BYTES {
        // With its end, it would be cut.
        Err(too_long())
    } else {
        event::read(bytes, &mut Vec::with_capacity(bytes.len()))
    };
    checked.map(drop).map_err(|(field, reason)| RecordError { reason, field, ..RecordError::default() })
}

#[cfg(test)]
mod tests;
