//! The feeds that Landfall knows.

use super::bulk;
use super::context::Context;
use super::error::IngestError;
use super::lanes;
use super::task::Task;
use crate::feed::events::Events;
use crate::feed::freight::Freight;
use crate::feed::spot::Spot;
use crate::feed::{Feed, TypedFeed};
use crate::ledger::Period;

/// Every feed. To add one, see `docs/adding-a-feed.md`.
pub const FEEDS: &[&dyn ImportableFeed] = &[&Spot, &Freight, &Events];

/// A feed whose dumps the engine can import, without the types that only the feed knows.
///
/// Every [`TypedFeed`] is one.
pub trait ImportableFeed: Feed {
    /// Imports dumps of this feed.
    #[expect(private_interfaces, reason = "only the engine calls it")]
    fn import(&self, tasks: &[Task], context: &Context<'_>) -> Result<(), IngestError>;
}

impl<F: TypedFeed> ImportableFeed for F {
    #[expect(private_interfaces, reason = "only the engine calls it")]
    fn import(&self, tasks: &[Task], context: &Context<'_>) -> Result<(), IngestError> {
        let left = bulk::import(self, tasks, context);
        lanes::import(self, &left, context)
    }
}

/// Every feed, for those who do not import.
pub fn feeds() -> Vec<&'static dyn Feed> {
    FEEDS.iter().map(|feed| *feed as &dyn Feed).collect()
}

/// The names and periods of those feeds that have a period.
pub fn periods(feeds: &[&'static dyn Feed]) -> Vec<(&'static str, Period)> {
    feeds.iter().filter_map(|feed| Some((feed.name(), feed.period()?))).collect()
}
