//! Queries of events, shared by the command line, the API and the page.
//!
//! An event counts on the UTC day of its `timestamp`, whenever it was received. Every query is bounded, and every result
//! has its coverage.

mod coverage;
mod daily;

pub use coverage::{EventCoverage, coverage, landed_days};
pub use daily::{COLUMNS, DailyCount, EventFilter, TooManyCounts, daily};
