//! Where dumps may be that were not seen.

use serde::Serialize;

use crate::source::SourceError;

/// An entry of a directory that could not be read.
#[derive(Clone, Debug, Serialize)]
pub struct SkippedEntry {
    /// Where it is.
    pub location: String,
    /// What went wrong.
    pub error: String,
    /// Whether it may be a dump, or have dumps in it.
    pub may_hide_dumps: bool,
}

/// A source of which nothing can be read.
#[derive(Clone, Debug, Serialize)]
pub struct FailedSource {
    /// Its name in the ledger.
    pub source: String,
    /// What went wrong.
    pub error: String,
}

impl FailedSource {
    /// The failure of the source with this name.
    pub fn new(source: &str, error: &SourceError) -> Self {
        Self { source: source.to_owned(), error: error.to_string() }
    }
}
