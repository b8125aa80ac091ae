//! Freight rates: prices between ports, per day, in batches, with their ports and regions.

mod batch;
mod batch_builder;
mod code;
mod copy_text;
mod csv_rows;
mod decode;
mod fields;
mod json;
mod key;
mod lines;
mod location;
mod pg_dump;
mod price;
mod spill_file;
mod statement;
mod store;
mod table;
mod tree;
mod write;

use std::io::Read;

use diesel::PgConnection;

use super::{DecodeError, DumpName, Feed, KeyMatch, TypedFeed, WithdrawnRows, WriteError};
use store::prices;

pub use batch::FreightBatch;
pub use decode::decode;
pub use key::{Format, upload_name};

/// The feed of freight rates.
#[derive(Debug)]
pub struct Freight;

impl Feed for Freight {
    fn name(&self) -> &'static str {
        "freight"
    }

    fn match_key(&self, key: &str) -> KeyMatch {
        key::match_key(key)
    }

    fn withdraw(
        &self,
        connection: &mut PgConnection,
        revisions: &[i32],
    ) -> Result<WithdrawnRows, WriteError> {
        let mut removed = 0;
        for batch_id in revisions {
            removed += prices::remove(connection, *batch_id)?;
        }
        Ok(WithdrawnRows { removed, ..WithdrawnRows::default() })
    }
}

impl TypedFeed for Freight {
    type Content = FreightBatch;
    type Writer = write::FreightWriter;

    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<FreightBatch, DecodeError> {
        decode(dump, body)
    }

    fn writer(&self) -> write::FreightWriter {
        write::FreightWriter
    }
}
