//! What identifies a dump, and what its decoder hands over.

use chrono::NaiveDate;

use super::rejection::RecordError;
use crate::ledger::Scope;

/// What a key is to a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMatch {
    /// No dump of this feed.
    Ignored,
    /// Meant as a dump of this feed, but its key breaks the grammar; the text says how.
    Malformed(String),
    /// A dump of this feed.
    Dump(DumpName),
}

/// What identifies a dump, wherever it is stored. Dumps are imported in the order of these fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DumpName {
    /// What part of the feed's data the dump is about.
    pub scope: Scope,
    /// First UTC day of the period that the dump is about, in feeds whose dumps have one.
    pub period: Option<NaiveDate>,
    /// Name of the dump, unique in its feed.
    pub name: String,
}

/// The validated content of one dump.
pub trait Content: Send {
    /// Records in the dump, exact repeats and rejected ones included. It is asked for before the rejected ones are taken.
    fn records(&self) -> u64;

    /// Space it takes in memory or in scratch files, in bytes.
    fn size_in_memory(&self) -> usize;

    /// Takes the records that were rejected alone. Feeds that reject a dump as a whole have none.
    ///
    /// They are in memory until the dump is committed: a decoder rejects the whole dump once they are too many.
    fn take_rejected(&mut self) -> Vec<RejectedRecord> {
        Vec::new()
    }
}

/// A record that was rejected while the others of its dump are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRecord {
    /// Why, and where in the dump.
    pub error: RecordError,
    /// The record as it was delivered.
    pub raw: Vec<u8>,
}
