//! The result of fetching a dump.

use crate::feed::{Content, Rejection};
use crate::source::Object;

/// The result of fetching a dump.
pub(super) enum FetchOutcome<C> {
    /// Valid, and ready to be written.
    Decoded { object: Object, sha256: [u8; 32], content: C },
    /// Rejected; without a hash if it was not even read.
    Rejected { object: Object, sha256: Option<[u8; 32]>, rejection: Rejection },
    /// Could not be read; not the dump's fault.
    Failed(String),
    /// Deleted since it was listed.
    Deleted,
    /// Not read, because the run is to stop or the source is down.
    Stopped,
}

impl<C: Content> FetchOutcome<C> {
    /// Whether it gets a ledger entry.
    pub(super) fn is_read(&self) -> bool {
        matches!(self, FetchOutcome::Decoded { .. } | FetchOutcome::Rejected { .. })
    }

    /// What a valid dump says.
    pub(super) fn content(&self) -> Option<&C> {
        match self {
            FetchOutcome::Decoded { content, .. } => Some(content),
            _ => None,
        }
    }

    /// Memory that it holds, in bytes.
    pub(super) fn size_in_memory(&self) -> usize {
        self.content().map_or(0, Content::size_in_memory)
    }
}
