//! Spot prices: daily dumps of EC2's spot price history, one for each account, region and day.

pub mod answers;
mod day;
mod decode;
mod key;
mod observation;
pub mod picture;
mod pool;
mod price;
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

use diesel::{PgConnection, QueryResult};

use super::{Claim, Content, DecodeError, DumpName, Feed, Lander, TakenBack};

pub use day::Day;
pub use decode::{SpotDump, decode};
pub use observation::{Observation, PoolIndex, RecordIndex, Recorded};

/// The feed of EC2 spot prices.
#[derive(Debug)]
pub struct Spot;

impl Feed for Spot {
    fn name(&self) -> &'static str {
        "spot"
    }

    fn claim(&self, key: &str) -> Claim {
        key::claim(key)
    }

    fn decode(&self, dump: &DumpName, body: &mut dyn Read) -> Result<Box<dyn Content>, DecodeError> {
        Ok(Box::new(decode(dump, body)?))
    }

    fn lander(&self) -> Box<dyn Lander> {
        Box::<write::SpotWriter>::default()
    }

    fn catch_up(&self, connection: &mut PgConnection) -> QueryResult<()> {
        remake::remake(connection)
    }

    fn withdraw(&self, connection: &mut PgConnection, revisions: &[i32]) -> QueryResult<TakenBack> {
        withdraw::withdraw(connection, revisions)
    }
}
