//! Feeds: for each, which keys are dumps, how bytes become rows, and the rule that writes them.
//!
//! A feed is a folder here. `docs/adding-a-feed.md` says how to add one.

mod contract;
mod counts;
mod dump;
pub mod freight;
mod json_stream;
mod rejection;
mod revision;
#[cfg(test)]
mod samples;
mod signature;
pub mod spot;
mod text;

pub use contract::{Feed, PendingDump, TypedFeed, WriteError, Writer};
pub use counts::{Counts, WithdrawnRows};
pub use dump::{Content, DumpName, KeyMatch, RejectedRecord};
pub use rejection::{DecodeError, RecordError, Rejection};
pub use revision::{Revision, Role};
