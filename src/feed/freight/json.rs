//! Prices as JSON: an array, or an object a line.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::feed::json_stream::{self, JsonStream, kind};
use crate::feed::signature::Text;
use crate::feed::{DecodeError, RecordError};

use super::batch_builder::BatchBuilder;
use super::fields::{self, FIELDS, FieldError, PRICE_FIELD};
use super::location::At;
use super::price::Price;
use crate::feed::lines::{Line, Lines, MAX_LINE_BYTES};

/// A price as serde reads it.
#[derive(Deserialize)]
struct SerdePrice<'a> {
    #[serde(borrow)]
    orig_code: Cow<'a, str>,
    #[serde(borrow)]
    dest_code: Cow<'a, str>,
    #[serde(borrow)]
    day: Cow<'a, str>,
    /// As written: a float in between would not be exact.
    #[serde(borrow)]
    price: &'a RawValue,
}

/// Reads an array of prices.
pub(super) fn read_array(mut text: Text<'_>, builder: &mut BatchBuilder) -> Result<(), DecodeError> {
    let mut json = JsonStream::new(&mut text.body, text.offset);
    match json.peek()? {
        None => return Err(json.error("the batch is empty: it has no bytes, not even []")),
        Some(b'[') => json.take(b'[')?,
        Some(_) => return Err(json.error("a batch must be a JSON array of prices")),
    };
    let mut record = 0;
    let mut more = !json.take(b']')?;
    while more {
        json.peek()?;
        let at = At { record, offset: json.offset() };
        let price = json.value(price, |_| None).map_err(|error| match error {
            DecodeError::Rejected(rejection) => {
                DecodeError::Rejected(rejection.map(|error| RecordError { record: Some(record), ..error }))
            }
            other => other,
        })?;
        builder.price(at, price)?;
        record += 1;
        more = json.take(b',')?;
        if !more && !json.take(b']')? {
            return Err(json.unexpected("`,` or `]`")?);
        }
    }
    match json.peek()? {
        Some(_) => Err(json.error("bytes follow the end of the JSON")),
        None => Ok(()),
    }
}

/// Reads prices line by line.
pub(super) fn read_lines(mut text: Text<'_>, builder: &mut BatchBuilder) -> Result<(), DecodeError> {
    let mut lines = Lines::new(&mut text.body, text.offset);
    let mut record = 0;
    while let Some(line) = lines.next()? {
        if json_stream::trim(line.bytes).is_empty() {
            continue;
        }
        let at = At { record, offset: line.offset };
        record += 1;
        builder.price(at, read_line(&line))?;
    }
    if lines.offset() == text.offset {
        let reason = "the batch is empty: it has no bytes, not even a line end".to_owned();
        return Err(builder.fail(RecordError {
            reason,
            offset: Some(text.offset),
            ..RecordError::default()
        }));
    }
    Ok(())
}

fn read_line(line: &Line<'_>) -> Result<Price, Vec<FieldError>> {
    let line_error = |reason: String| Err(vec![(None, reason)]);
    if line.is_cut {
        return line_error(format!("the line is longer than {MAX_LINE_BYTES} bytes"));
    }
    let bytes = json_stream::trim(line.bytes);
    match price(bytes) {
        Ok((_, length)) if length < bytes.len() => line_error("the line has more than one value".to_owned()),
        Ok((price, _)) => price,
        Err(error) if error.is_eof() => line_error("the line is cut off: its JSON does not end".to_owned()),
        Err(error) => line_error(format!("not valid: {}", json_stream::reason(&error))),
    }
}

/// One value or its errors, and its length in bytes.
type ReadPrice = (Result<Price, Vec<FieldError>>, usize);

/// Reads the price at the beginning of some bytes. Bytes that are not JSON are an error; JSON that is
/// not a price is not: what follows it can still be read.
fn price(bytes: &[u8]) -> serde_json::Result<ReadPrice> {
    // serde would take an array of four values for a price, too.
    if bytes.first() == Some(&b'{') {
        match json_stream::read_as::<SerdePrice<'_>>(bytes) {
            // The parser does not check text that it skips; other bytes mean that the batch was damaged.
            Ok((_, length)) if std::str::from_utf8(&bytes[..length]).is_err() => {
                return Ok((Err(vec![(None, "not valid: bytes that are not UTF-8".to_owned())]), length));
            }
            Ok((written, length)) => return Ok((written.check(), length)),
            Err(error) if !error.is_data() => return Err(error),
            Err(error) => {
                let ((), length) = json_stream::skip(bytes)?;
                return Ok((Err(diagnose(&bytes[..length], &error)), length));
            }
        }
    }
    let ((), length) = json_stream::skip(bytes)?;
    Ok((Err(vec![(None, format!("a record must be an object, not {}", kind(bytes)))]), length))
}

impl SerdePrice<'_> {
    fn check(&self) -> Result<Price, Vec<FieldError>> {
        let price = self.price.get();
        if !price.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
            return Err(vec![wrong_type(PRICE_FIELD, "a number", kind(price.as_bytes()))]);
        }
        let texts = [&self.orig_code, &self.dest_code, &self.day];
        let [orig, dest, day] = texts.map(|text| text.as_bytes());
        fields::price([orig, dest, day, price.as_bytes()])
    }
}

/// Finds the fields that are missing or of the wrong type, since serde names the type but not the field. Slow: for errors only.
fn diagnose(record: &[u8], error: &serde_json::Error) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Some(fields) = json_stream::fields(record) {
        for field in FIELDS {
            let wanted = if field == PRICE_FIELD { "a number" } else { "a string" };
            match fields.get(field).map(|value| kind(value.get().as_bytes())) {
                None => errors.push((Some(field), "the field is missing".to_owned())),
                Some(found) if found == wanted => {}
                Some(found) => errors.push(wrong_type(field, wanted, found)),
            }
        }
    }
    if errors.is_empty() {
        errors.push((None, format!("not valid: {}", json_stream::reason(error))));
    }
    errors
}

fn wrong_type(field: &'static str, wanted: &str, found: &str) -> FieldError {
    (Some(field), format!("the field must be {wanted}, not {found}"))
}
