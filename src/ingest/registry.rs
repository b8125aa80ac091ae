//! The feeds that Landfall knows.

use super::lanes;
use super::run::{IngestError, Run};
use super::task::Task;
use crate::feed::freight::Freight;
use crate::feed::spot::Spot;
use crate::feed::{Feed, TypedFeed};
use crate::ledger::Period;

/// Every feed. To add one, see `docs/adding-a-feed.md`.
pub const FEEDS: &[&dyn Import] = &[&Spot, &Freight];

/// A feed whose dumps the engine can import, without the types that only the feed knows.
///
/// Every [`TypedFeed`] is one.
pub trait Import: Feed {
    /// Imports dumps of this feed.
    #[expect(private_interfaces, reason = "only the engine calls it")]
    fn import(&self, tasks: &[Task], run: &Run<'_>) -> Result<(), IngestError>;
}

impl<F: TypedFeed> Import for F {
    #[expect(private_interfaces, reason = "only the engine calls it")]
    fn import(&self, tasks: &[Task], run: &Run<'_>) -> Result<(), IngestError> {
        lanes::import(self, tasks, run)
    }
}

/// The names and periods of those feeds that have a period.
pub fn periods(feeds: &[&'static dyn Import]) -> Vec<(&'static str, Period)> {
    feeds.iter().filter_map(|feed| Some((feed.name(), feed.period()?))).collect()
}
