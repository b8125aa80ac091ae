//! Prices as CSV: RFC 4180, with a header that names the columns, which may come in any order.

use std::cell::Cell;
use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};

use crate::feed::signature::Text;
use crate::feed::text::shorten;
use crate::feed::{DecodeError, RecordError};

use super::batch_builder::BatchBuilder;
use super::fields::{self, FIELDS};
use super::location::At;

/// The limit of a row: an open quote would otherwise include all that follows.
const MAX_ROW_BYTES: usize = 1024 * 1024;

/// Reads a table of prices.
pub(super) fn read(mut text: Text<'_>, builder: &mut BatchBuilder) -> Result<(), DecodeError> {
    let start = text.offset;
    let allowance = Cell::new(MAX_ROW_BYTES);
    let bounded = Bounded { input: &mut text.body, allowance: &allowance };
    let mut rows = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bounded);
    let mut row = ByteRecord::new();
    if !next(&mut rows, &mut row, start, builder)? {
        return Err(builder.fail(RecordError {
            reason: "the batch is empty: it has not even a header".to_owned(),
            offset: Some(start),
            ..RecordError::default()
        }));
    }
    let columns = row.len();
    let positions = match positions(&row) {
        Ok(positions) => positions,
        Err(reason) => {
            return Err(builder.fail(RecordError { reason, offset: Some(start), ..RecordError::default() }));
        }
    };
    let mut record = 0;
    loop {
        allowance.set(MAX_ROW_BYTES);
        if !next(&mut rows, &mut row, start, builder)? {
            return Ok(());
        }
        let at = At { record, offset: start + row.position().map_or(0, csv::Position::byte) };
        record += 1;
        if row.len() == columns {
            builder.price(at, fields::price(positions.map(|position| &row[position])))?;
        } else {
            builder.reject(at, (None, format!("the row has {} fields, the header {columns}", row.len())))?;
        }
    }
}

/// Reads the next row of a table that begins at an offset in its dump; false at the end.
fn next(
    rows: &mut csv::Reader<Bounded<'_, '_>>,
    row: &mut ByteRecord,
    start: u64,
    builder: &mut BatchBuilder,
) -> Result<bool, DecodeError> {
    let offset = start + rows.position().byte();
    rows.read_byte_record(row).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<TooLong>()) => {
            let reason = format!("the row is longer than {MAX_ROW_BYTES} bytes: is a quote not closed?");
            builder.fail(RecordError { reason, offset: Some(offset), ..RecordError::default() })
        }
        csv::ErrorKind::Io(error) => DecodeError::Read(error),
        other => {
            let reason = format!("not valid: {other:?}");
            builder.fail(RecordError { reason, offset: Some(offset), ..RecordError::default() })
        }
    })
}

/// Positions of the fields of a price in a row.
fn positions(header: &ByteRecord) -> Result<[usize; 4], String> {
    let mut positions = [0; 4];
    for (position, field) in positions.iter_mut().zip(FIELDS) {
        let mut found = header.iter().enumerate().filter(|(_, name)| *name == field.as_bytes());
        *position = match (found.next(), found.next()) {
            (Some((found, _)), None) => found,
            (Some(_), Some(_)) => return Err(format!("the header has two columns {field}")),
            (None, _) => {
                let names: Vec<String> = header.iter().take(20).map(shorten).collect();
                return Err(format!("the header has no column {field}: it is `{}`", names.join(",")));
            }
        };
    }
    Ok(positions)
}

/// A reader that fails once it has read more than its allowance, which is renewed for each row.
struct Bounded<'r, 'l> {
    input: &'r mut dyn Read,
    allowance: &'l Cell<usize>,
}

#[derive(Debug, thiserror::Error)]
#[error("the row is too long")]
struct TooLong;

impl Read for Bounded<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Fills the buffer: the csv crate detects a byte order mark only if it is whole.
        let mut read = 0;
        while read < buffer.len() {
            match self.input.read(&mut buffer[read..]) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        match self.allowance.get().checked_sub(read) {
            Some(rest) => self.allowance.set(rest),
            None => return Err(io::Error::other(TooLong)),
        }
        Ok(read)
    }
}
