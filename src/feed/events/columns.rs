//! The columns of a row, encoded as a binary COPY sends them.

use uuid::Uuid;

/// Microseconds between 1970, where Unix counts from, and 2000, where Postgres does.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// `jsonb` in binary begins with its version.
const JSONB_VERSION: u8 = 1;

/// Appends columns to some bytes.
pub(super) struct Columns<'b>(pub(super) &'b mut Vec<u8>);

impl Columns<'_> {
    fn bytes(&mut self, value: Option<&[u8]>) {
        // No value is longer than a line.
        let length = value.map_or(-1, |value| value.len() as i32);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(value.unwrap_or_default());
    }

    pub(super) fn uuid(&mut self, value: Uuid) {
        self.bytes(Some(value.as_bytes()));
    }

    pub(super) fn text(&mut self, value: Option<&str>) {
        self.bytes(value.map(str::as_bytes));
    }

    pub(super) fn bigint(&mut self, value: Option<i64>) {
        self.bytes(value.map(i64::to_be_bytes).as_ref().map(|bytes| bytes.as_slice()));
    }

    /// From microseconds since 1970.
    pub(super) fn timestamptz(&mut self, micros: Option<i64>) {
        self.bytes(
            micros.map(|micros| (micros - EPOCH_MICROS).to_be_bytes()).as_ref().map(|bytes| bytes.as_slice()),
        );
    }

    pub(super) fn boolean(&mut self, value: Option<bool>) {
        self.bytes(value.map(|value| [u8::from(value)]).as_ref().map(|bytes| bytes.as_slice()));
    }

    /// From valid JSON.
    pub(super) fn jsonb(&mut self, json: Option<&str>) {
        let Some(json) = json else { return self.bytes(None) };
        self.0.extend_from_slice(&(json.len() as i32 + 1).to_be_bytes());
        self.0.push(JSONB_VERSION);
        self.0.extend_from_slice(json.as_bytes());
    }
}
