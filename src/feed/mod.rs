//! Feeds: for each, which keys are dumps, how bytes become rows, and the rule that writes them.
//!
//! A feed is a folder here. `docs/adding-a-feed.md` says how to add one.

mod batch_name;
mod contract;
mod counts;
mod draws;
mod dump;
pub mod events;
mod extract_table;
pub mod format;
pub mod freight;
pub mod interval;
mod json_stream;
mod lake;
mod lines;
mod rejection;
mod revision;
#[cfg(test)]
mod samples;
mod signature;
pub mod spot;
mod text;
mod timestamp;

pub use contract::{Feed, Gather, PendingDump, TypedFeed, WriteError, Writer};
pub use counts::{Counts, WithdrawnRows};
pub use dump::{Content, DumpName, KeyMatch, RejectedRecord};
pub(crate) use extract_table::{ExtractTable, TablePart};
pub(crate) use lake::{LakeTable, PartFiles, WriteRow, WriteRowsError};
pub use rejection::{DecodeError, RecordError, Rejection};
pub use revision::{Revision, Role};
