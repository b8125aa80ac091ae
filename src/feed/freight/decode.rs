//! From the bytes of a batch to its records, validated as far as that goes without a database.

use std::io::Read;

use crate::feed::{DecodeError, DumpName, RecordError, signature};

use super::batch::FreightBatch;
use super::batch_builder::BatchBuilder;
use super::key::Format;
use super::{csv_rows, json, pg_dump};

/// Decodes and validates a batch in the format that its name says; see [`crate::feed::TypedFeed::decode`].
pub fn decode(dump: &DumpName, body: &mut dyn Read) -> Result<FreightBatch, DecodeError> {
    let text = signature::open(body)?;
    let mut builder = BatchBuilder::new();
    let read = match Format::of(&dump.name) {
        Some(Format::Json) => json::read_array(text, &mut builder),
        Some(Format::Ndjson) => json::read_lines(text, &mut builder),
        Some(Format::Csv) => csv_rows::read(text, &mut builder),
        Some(Format::Sql) => pg_dump::read(text, &mut builder),
        None => Err(RecordError::of_dump("the batch's name has no known format").into()),
    };
    match read {
        Ok(()) => builder.finish(),
        Err(error) => Err(builder.join(error)),
    }
}

#[cfg(test)]
mod tests;
