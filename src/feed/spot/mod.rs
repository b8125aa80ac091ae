//! Spot prices: daily dumps of EC2's spot price history, one for each account, region and day.

pub mod chart;
mod day;
mod decode;
mod key;
mod market;
mod observation;
mod pool;
mod price;
pub mod query;
mod record;
mod remake;
mod resolve;
pub mod simulate;
mod sorted;
mod store;
mod summary;
mod timestamp;
mod withdraw;
mod write;

use std::io::Read;

use diesel::PgConnection;

use super::{DecodeError, DumpName, Feed, KeyMatch, TypedFeed, WithdrawnRows, WriteError};
use crate::ledger::Period;

pub use day::Day;
pub use decode::{SpotDump, decode};
pub use market::Market;
pub use observation::{Observation, PoolIndex, RecordIndex, Recorded};

/// The feed of EC2 spot prices.
#[derive(Debug)]
pub struct Spot;

impl Feed for Spot {
    fn name(&self) -> &'static str {
        "spot"
    }

    fn scope_parts(&self) -> &'static [&'static str] {
        Market::SCOPE_PARTS
    }

    fn period(&self) -> Option<Period> {
        Some(Period::Day)
    }

    fn match_key(&self, key: &str) -> KeyMatch {
        key::match_key(key)
    }

    fn catch_up(&self, connection: &mut PgConnection) -> Result<(), WriteError> {
        Ok(remake::remake(connection)?)
    }

    fn withdraw(
        &self,
        connection: &mut PgConnection,
        revisions: &[i32],
    ) -> Result<WithdrawnRows, WriteError> {
        withdraw::withdraw(connection, revisions)
    }
}

impl TypedFeed for Spot {
    type Content = SpotDump;
    type Writer = write::SpotWriter;

    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<SpotDump, DecodeError> {
        decode(dump, body)
    }

    fn writer(&self) -> write::SpotWriter {
        write::SpotWriter::default()
    }
}
