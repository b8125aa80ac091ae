//! Rows in the binary format of Postgres' COPY.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS>

use std::io::{self, Write};

/// Days between 1970, where Unix counts from, and 2000, where Postgres does.
const EPOCH_DAYS: i32 = 10_957;
/// The same in microseconds.
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// OIDs of types (`pg_type.oid`), which never change.
const INT4_OID: i32 = 23;
const INT8_OID: i32 = 20;
const TIMESTAMPTZ_OID: i32 = 1184;

/// Buffered bytes after which the buffer is sent.
const FLUSH_BYTES: usize = 64 * 1024;

/// Writes rows to a COPY.
pub struct BinaryCopy<'a> {
    sink: &'a mut dyn Write,
    buffer: Vec<u8>,
}

impl<'a> BinaryCopy<'a> {
    /// Begins the stream.
    pub fn new(sink: &'a mut dyn Write) -> Self {
        let mut buffer = Vec::with_capacity(FLUSH_BYTES + 1024);
        buffer.extend_from_slice(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0");
        Self { sink, buffer }
    }

    /// Begins a row of so many columns.
    pub fn row(&mut self, columns: i16) -> io::Result<()> {
        if self.buffer.len() >= FLUSH_BYTES {
            self.sink.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        self.buffer.extend_from_slice(&columns.to_be_bytes());
        Ok(())
    }

    /// Columns that are encoded already.
    pub fn encoded(&mut self, columns: &[u8]) {
        self.buffer.extend_from_slice(columns);
    }

    /// A `uuid`.
    pub fn uuid(&mut self, value: &[u8; 16]) {
        self.buffer.extend_from_slice(&16_i32.to_be_bytes());
        self.buffer.extend_from_slice(value);
    }

    /// An `integer`.
    pub fn integer(&mut self, value: i32) {
        self.buffer.extend_from_slice(&4_i32.to_be_bytes());
        self.buffer.extend_from_slice(&value.to_be_bytes());
    }

    /// A `timestamptz`, from microseconds since 1970.
    pub fn timestamptz(&mut self, micros: i64) {
        self.bigint(micros - EPOCH_MICROS);
    }

    /// A `date`, from days since 1970.
    pub fn date(&mut self, days: i32) {
        self.integer(days - EPOCH_DAYS);
    }

    /// A `text`, which must not contain NUL.
    pub fn text(&mut self, text: &str) {
        self.buffer.extend_from_slice(&(text.len() as i32).to_be_bytes());
        self.buffer.extend_from_slice(text.as_bytes());
    }

    /// An `integer[]`.
    pub fn integers(&mut self, values: impl ExactSizeIterator<Item = i32>) {
        self.array(INT4_OID, 4, values.len());
        values.for_each(|value| self.integer(value));
    }

    /// A `bigint[]`.
    pub fn bigints(&mut self, values: impl ExactSizeIterator<Item = i64>) {
        self.array(INT8_OID, 8, values.len());
        values.for_each(|value| self.bigint(value));
    }

    /// A `timestamptz[]`, from microseconds since 1970.
    pub fn timestamptzs(&mut self, instants: impl ExactSizeIterator<Item = i64>) {
        self.array(TIMESTAMPTZ_OID, 8, instants.len());
        instants.for_each(|micros| self.timestamptz(micros));
    }

    fn bigint(&mut self, value: i64) {
        self.buffer.extend_from_slice(&8_i32.to_be_bytes());
        self.buffer.extend_from_slice(&value.to_be_bytes());
    }

    /// Begins an array of one dimension without nulls, whose elements have so many bytes.
    fn array(&mut self, element: i32, bytes: usize, length: usize) {
        let size = 20 + length * (4 + bytes);
        for part in [size as i32, 1, 0, element, length as i32, 1] {
            self.buffer.extend_from_slice(&part.to_be_bytes());
        }
    }

    /// A `numeric` with six decimals, from millionths between 0 and 10^14.
    pub fn micros(&mut self, micros: i64) {
        // Four digits of base 10,000 around the point: two before it, two behind it.
        let (whole, fraction) = (micros / 1_000_000, micros % 1_000_000);
        let digits = [whole / 10_000, whole % 10_000, fraction / 100, fraction % 100 * 100];
        let first = digits.iter().position(|digit| *digit != 0).unwrap_or(digits.len());
        let end = digits.iter().rposition(|digit| *digit != 0).map_or(first, |last| last + 1);
        let significant = &digits[first..end];
        let weight = if significant.is_empty() { 0 } else { 1 - first as i16 };
        self.buffer.extend_from_slice(&(8 + 2 * significant.len() as i32).to_be_bytes());
        for part in [significant.len() as i16, weight, 0, 6] {
            self.buffer.extend_from_slice(&part.to_be_bytes());
        }
        for digit in significant {
            self.buffer.extend_from_slice(&(*digit as i16).to_be_bytes());
        }
    }

    /// Ends the stream.
    pub fn finish(mut self) -> io::Result<()> {
        self.buffer.extend_from_slice(&(-1_i16).to_be_bytes());
        self.sink.write_all(&self.buffer)
    }
}

/// The error of a COPY whose rows cannot be sent.
pub fn failed(error: io::Error) -> diesel::result::Error {
    diesel::result::Error::QueryBuilderError(format!("cannot send rows: {error}").into())
}
