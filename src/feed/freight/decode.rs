//! From the bytes of a batch to what it says, validated as far as that goes without a database.

use std::io::Read;

use crate::feed::{DecodeError, DumpName, Rejection, signature};

use super::batch::FreightBatch;
use super::draft::Draft;
use super::key::Format;
use super::{csv_rows, json, pg_dump};

/// Decodes and validates a batch in the format that its name says; see [`crate::feed::Feed::decode`].
pub fn decode(dump: &DumpName, body: &mut dyn Read) -> Result<FreightBatch, DecodeError> {
    let text = signature::open(body)?;
    let mut draft = Draft::new();
    let read = match Format::of(&dump.name) {
        Some(Format::Json) => json::read_array(text, &mut draft),
        Some(Format::Ndjson) => json::read_lines(text, &mut draft),
        Some(Format::Csv) => csv_rows::read(text, &mut draft),
        Some(Format::Sql) => pg_dump::read(text, &mut draft),
        None => {
            let reason = "the batch's name does not say how it is written".to_owned();
            Err(Rejection { reason, ..Rejection::default() }.into())
        }
    };
    match read {
        Ok(()) => draft.finish(),
        Err(error) => Err(draft.join(error)),
    }
}

#[cfg(test)]
mod tests;
