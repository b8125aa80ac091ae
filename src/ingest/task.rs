//! One object to import.

use std::sync::Arc;

use crate::feed::{DumpName, Feed};
use crate::ledger::Scope;
use crate::source::{Object, Source};

/// An object to import.
pub struct Task {
    /// Which of the sources of the run it is in, counted from 0.
    pub source_index: usize,
    /// The source that has it.
    pub source: Arc<dyn Source>,
    /// The object as it was listed.
    pub object: Object,
    /// The feed whose dump it is.
    pub feed: &'static dyn Feed,
    /// Which dump it is, or why its key is rejected.
    pub dump: Result<DumpName, String>,
    /// Number of the latest ledger entry for this object when the plan was made.
    pub seen_entry_id: Option<i32>,
    /// Whether to import the bytes again though they are imported, because some of their records were rejected.
    pub replay: bool,
}

impl Task {
    /// Where the object is, as people write it.
    pub fn location(&self) -> String {
        location(self.source.name(), &self.object.key)
    }

    /// The object as the ledger knows it.
    pub(super) fn delivery(&self) -> Delivery<'_> {
        Delivery {
            feed: self.feed.name(),
            source: self.source.name(),
            key: &self.object.key,
            dump: self.dump.as_ref().ok(),
            seen_entry_id: self.seen_entry_id,
            replay: self.replay,
        }
    }

    /// What may be in a transaction only once.
    pub(super) fn identity(&self) -> &str {
        self.dump.as_ref().map_or(&self.object.key, |dump| &dump.name)
    }

    /// The scope that it is written to; nothing if its key could not be read.
    pub(super) fn scope(&self) -> Option<&Scope> {
        self.dump.as_ref().ok().map(|dump| &dump.scope)
    }
}

/// An object as the ledger knows it.
#[derive(Clone, Copy)]
pub(super) struct Delivery<'a> {
    /// Name of the feed.
    pub(super) feed: &'static str,
    pub(super) source: &'a str,
    pub(super) key: &'a str,
    /// Which dump it is, if its key could be read.
    pub(super) dump: Option<&'a DumpName>,
    /// Number of the latest ledger entry for this object when it was decided to fetch it.
    pub(super) seen_entry_id: Option<i32>,
    /// See [`Task::replay`].
    pub(super) replay: bool,
}

impl Delivery<'_> {
    /// The scope that it is written to, as the ledger has it: empty if its key could not be read.
    pub(super) fn scope(&self) -> &str {
        self.dump.map_or("", |dump| dump.scope.as_str())
    }
}

/// A source and a key, as people write them.
pub fn location(source: &str, key: &str) -> String {
    if key.starts_with('/') { format!("{source}{key}") } else { format!("{source}/{key}") }
}
