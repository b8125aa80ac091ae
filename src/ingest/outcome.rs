//! What became of a dump.

use crate::feed::{Counts, Rejection, Role};

/// What became of a dump.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// It is in the database, as far as its role allows.
    Landed { role: Role, records: u64, bytes: u64, counts: Counts },
    /// The same bytes were imported before.
    Unchanged,
    /// Rejected.
    Rejected(Rejection),
    /// Could not be fetched.
    Failed(String),
    /// Deleted since it was listed.
    Deleted,
}
