//! Spot prices: daily dumps of EC2's spot price history, one for each account, region and day.

mod backfill;
mod bulk;
pub mod chart;
mod day;
mod decode;
mod external_sort;
pub(crate) mod extract;
mod feed;
mod key;
mod lake;
mod market;
mod observation;
mod part;
mod pool;
mod price;
pub mod query;
mod record;
mod resolve;
mod row_writer;
pub mod simulate;
mod sorted;
mod store;
mod summary;
mod withdraw;
mod write;

pub use day::Day;
pub use decode::{SpotDump, decode};
pub use feed::Spot;
pub use market::Market;
pub use observation::{Observation, PoolIndex, RecordIndex, Recorded};
