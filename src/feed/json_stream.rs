//! Reads a stream of JSON value by value, with at most one of them in memory.

use std::collections::BTreeMap;
use std::io::Read;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{DecodeError, RecordError};

const BUFFER_BYTES: usize = 128 * 1024;
/// The limit of a single value: it bounds the memory that a dump can use.
const MAX_VALUE_BYTES: usize = 1024 * 1024;

/// A JSON text that is read from a stream.
pub(super) struct JsonStream<'r> {
    input: &'r mut dyn Read,
    buffer: Vec<u8>,
    /// `buffer[start..end]` is read, but not yet consumed.
    start: usize,
    end: usize,
    /// Offset in the dump of `buffer[0]`, in bytes.
    base: u64,
    ended: bool,
}

impl<'r> JsonStream<'r> {
    /// Reads from an input that begins at an offset in its dump, in bytes.
    pub(super) fn new(input: &'r mut dyn Read, offset: u64) -> Self {
        Self { input, buffer: vec![0; BUFFER_BYTES], start: 0, end: 0, base: offset, ended: false }
    }

    /// Offset in the dump of what comes next, in bytes.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// The next byte that is not white space; nothing at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, DecodeError> {
        loop {
            while self.start < self.end {
                let byte = self.buffer[self.start];
                if !is_space(byte) {
                    return Ok(Some(byte));
                }
                self.start += 1;
            }
            if self.ended {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    /// Consumes the next byte that is not white space if it is the one given.
    pub(super) fn take(&mut self, byte: u8) -> Result<bool, DecodeError> {
        let found = self.peek()? == Some(byte);
        if found {
            self.start += 1;
        }
        Ok(found)
    }

    /// Reads one whole JSON value with `read`, which returns its result and the length of the value in bytes.
    ///
    /// `diagnose` may turn a value of the wrong shape into a better reason than serde's.
    pub(super) fn value<T>(
        &mut self,
        mut read: impl FnMut(&[u8]) -> serde_json::Result<(T, usize)>,
        diagnose: impl Fn(&[u8]) -> Option<RecordError>,
    ) -> Result<T, DecodeError> {
        self.peek()?;
        loop {
            let waiting = &self.buffer[self.start..self.end];
            match read(waiting) {
                // A number that touches the end of the buffer may continue after it.
                Ok((value, length)) if length < waiting.len() || self.ended => {
                    self.start += length;
                    return Ok(value);
                }
                // The error is most precise once the whole value is in the buffer.
                Err(error) if self.ended || !(error.is_eof() || is_cut(waiting)) => {
                    return Err(self.explain(&error, diagnose).into());
                }
                Ok(_) | Err(_) => {}
            }
            if waiting.len() > MAX_VALUE_BYTES {
                return Err(self.error(format!("a value is longer than {MAX_VALUE_BYTES} bytes")));
            }
            self.fill()?;
        }
    }

    /// An error at the current offset.
    pub(super) fn error(&self, reason: impl Into<String>) -> DecodeError {
        RecordError { reason: reason.into(), offset: Some(self.offset()), ..RecordError::default() }.into()
    }

    /// The error for a missing token.
    pub(super) fn unexpected(&mut self, wanted: &str) -> Result<DecodeError, DecodeError> {
        Ok(match self.peek()? {
            Some(_) => self.error(format!("not valid JSON: expected {wanted}")),
            None => self.error("the dump is cut off: its JSON does not end"),
        })
    }

    fn explain(
        &self,
        error: &serde_json::Error,
        diagnose: impl Fn(&[u8]) -> Option<RecordError>,
    ) -> RecordError {
        let waiting = &self.buffer[self.start..self.end];
        if error.is_eof() {
            return RecordError {
                reason: "the dump is cut off: its JSON does not end".to_owned(),
                offset: Some(self.base + self.end as u64),
                ..RecordError::default()
            };
        }
        if error.is_data()
            && let Ok((_, length)) = skip(waiting)
            && let Some(record_error) = diagnose(&waiting[..length])
        {
            return RecordError { offset: Some(self.offset()), ..record_error };
        }
        let lines_before: usize =
            waiting.split_inclusive(|byte| *byte == b'\n').take(error.line() - 1).map(<[u8]>::len).sum();
        RecordError {
            reason: format!("not valid: {}", reason(error)),
            offset: Some(self.offset() + (lines_before + error.column().saturating_sub(1)) as u64),
            ..RecordError::default()
        }
    }

    /// Reads until the buffer is full or the input ends; makes room first.
    fn fill(&mut self) -> Result<(), DecodeError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.base += self.start as u64;
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() {
            // One byte more than a value may have: whether a number ends shows in what follows it.
            self.buffer.resize((self.end * 2).min(MAX_VALUE_BYTES + 1), 0);
        }
        while self.end < self.buffer.len() && !self.ended {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(DecodeError::Read(error)),
            }
        }
        Ok(())
    }
}

/// A text without the white space around it that JSON allows.
pub(super) fn trim(text: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !is_space(*byte);
    match (text.iter().position(is_text), text.iter().rposition(is_text)) {
        (Some(first), Some(last)) => &text[first..=last],
        _ => &[],
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// What serde found, without the line and column: the offset says where.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// The type of the JSON value at the beginning of some bytes, for messages.
///
/// By its first byte: serde's `Value` rejects some JSON, such as 1e999, and takes objects with certain names for
/// something else.
pub(super) fn kind(value: &[u8]) -> &'static str {
    match value.first() {
        Some(b'n') => "null",
        Some(b't' | b'f') => "a boolean",
        Some(b'"') => "a string",
        Some(b'[') => "an array",
        Some(b'{') => "an object",
        _ => "a number",
    }
}

/// The fields of an object by their names, values as written; nothing if its names are not valid text.
pub(super) fn fields(object: &[u8]) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_slice(object).ok()
}

/// Whether some bytes are the beginning of a longer value.
fn is_cut(bytes: &[u8]) -> bool {
    skip(bytes).is_err_and(|error| error.is_eof())
}

/// Reads one value as `T`; returns it with its length in bytes.
pub(super) fn read_as<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> serde_json::Result<(T, usize)> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter();
    match values.next() {
        Some(value) => value.map(|value| (value, values.byte_offset())),
        // Nothing but white space: parsing it as one value gives the error for a text that ends too early.
        None => serde_json::from_slice(bytes).map(|value| (value, bytes.len())),
    }
}

/// Skips one value; returns its length in bytes.
pub(super) fn skip(bytes: &[u8]) -> serde_json::Result<((), usize)> {
    read_as::<serde::de::IgnoredAny>(bytes).map(|(_, length)| ((), length))
}
