//! Spot prices: daily dumps of EC2's spot price history, one for each account, region and day.

pub mod answers;
mod carried;
mod day;
mod days;
mod decode;
mod key;
mod land;
mod observation;
pub mod picture;
mod pool;
mod pool_book;
mod price;
mod record;
mod remake;
mod scene;
pub mod simulate;
mod sorted;
mod standing;
mod summaries;
mod summary;
mod timestamp;

use std::io::Read;

use diesel::{PgConnection, QueryResult};

use super::{Claim, Content, DecodeError, DumpName, Feed, Lander};

pub use day::Day;
pub use decode::{SpotDump, decode};
pub use observation::Observation;

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
        Box::<land::SpotLander>::default()
    }

    fn catch_up(&self, connection: &mut PgConnection) -> QueryResult<()> {
        remake::remake(connection)
    }
}
