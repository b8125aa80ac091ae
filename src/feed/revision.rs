//! The revisions of a dump.

use chrono::{DateTime, Utc};

/// How a revision relates to the others of its dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The first of its dump.
    First,
    /// Replaces the revision with this ledger number, which may be withdrawn and without rows by now; or have the same
    /// bytes, when a dump with rejected records is tried again.
    Replaces(i32),
    /// A newer revision was imported before it.
    Outdated,
    /// A newer revision was withdrawn before it came, and with it the dump: nothing of it counts.
    Withdrawn,
}

impl Role {
    /// Whether the revision is the current one of its dump once it is imported.
    pub fn is_current(self) -> bool {
        matches!(self, Role::First | Role::Replaces(_))
    }
}

/// Orders the revisions of a dump: the later modified one is newer, equal times are settled by the bytes' hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision {
    /// Modification time in microseconds since 1970.
    pub modified_at: i64,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
}

impl Revision {
    /// The revision that a ledger entry is about; nothing if the entry has no hash, as one whose key was
    /// rejected unread: it is no revision of anything.
    pub fn of_entry(modified_at: DateTime<Utc>, sha256: Option<&[u8]>) -> Option<Self> {
        let sha256 = sha256?.try_into().ok()?;
        Some(Self { modified_at: modified_at.timestamp_micros(), sha256 })
    }
}
