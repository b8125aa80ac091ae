//! Feeds: for each, which keys are dumps, how bytes become rows, and the rule that writes them.
//!
//! A feed is a folder here. `docs/adding-a-feed.md` says how to add one.

mod contract;
mod dump;
pub mod freight;
mod json_stream;
mod rejection;
#[cfg(test)]
mod samples;
mod signature;
pub mod spot;
mod text;

pub use contract::{Counts, Feed, PendingDump, Revision, Role, TypedFeed, WithdrawnRows, WriteError, Writer};
pub use dump::{Content, DumpName, KeyMatch, RejectedRecord};
pub use rejection::{DecodeError, RecordError, Rejection};
