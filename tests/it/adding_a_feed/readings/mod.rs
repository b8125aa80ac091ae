//! Readings of weather stations: monthly dumps of temperatures, one for each station and month.

mod content;
mod decode;
mod key;
mod line;
mod store;
mod write;

use std::io::Read;

use diesel::prelude::*;

use crate::db::schema::readings;
use crate::feed::{DecodeError, DumpName, Feed, KeyMatch, TypedFeed, WithdrawnRows, WriteError};
use crate::ledger::Period;

pub use content::ReadingsDump;

/// The feed of readings.
#[derive(Debug)]
pub struct Readings {
    /// The lowest temperature that a record may have, in thousandths of a degree Celsius.
    pub lowest: i32,
}

impl Feed for Readings {
    fn name(&self) -> &'static str {
        "readings"
    }

    fn scope_parts(&self) -> &'static [&'static str] {
        &["station"]
    }

    fn period(&self) -> Option<Period> {
        Some(Period::Month)
    }

    fn match_key(&self, key: &str) -> KeyMatch {
        key::match_key(key)
    }

    fn count_rows(&self, connection: &mut PgConnection) -> QueryResult<i64> {
        readings::table.count().get_result(connection)
    }

    fn withdraw(
        &self,
        connection: &mut PgConnection,
        revisions: &[i32],
    ) -> Result<WithdrawnRows, WriteError> {
        let removed = store::remove(connection, revisions)?;
        Ok(WithdrawnRows { removed, ..WithdrawnRows::default() })
    }
}

impl TypedFeed for Readings {
    type Content = ReadingsDump;
    type Writer = write::ReadingsWriter;

    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<ReadingsDump, DecodeError> {
        decode::decode(dump, body, self.lowest)
    }

    fn writer(&self) -> write::ReadingsWriter {
        write::ReadingsWriter
    }
}
