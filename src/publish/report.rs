//! What publishing did.

use serde::{Serialize, Serializer};

use crate::ledger::IncompletePart;

/// What publishing did to a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The feed, and name of the table.
    pub feed: &'static str,
    /// URL of the table's current metadata; none while it has had no rows yet.
    pub metadata: Option<String>,
    /// Id of the new snapshot; none if nothing changed. In JSON a text: many programs would round the number.
    #[serde(serialize_with = "as_text")]
    pub snapshot: Option<i64>,
    /// Files that are new.
    pub files_added: usize,
    /// Rows in them.
    pub rows_added: i64,
    /// Their size in bytes.
    pub bytes_added: i64,
    /// Files that others replaced, or of which all rows are gone.
    pub files_removed: usize,
    /// Parts that changed, and have the same rows again.
    pub same: usize,
    /// Parts that are left as they are, because Postgres does not have all of their rows any more.
    pub incomplete: Vec<IncompletePart>,
    /// Files of the table now.
    pub files: usize,
    /// Rows in them.
    pub rows: i64,
    /// Their size in bytes.
    pub bytes: i64,
    /// What expired, if that was asked for.
    pub expired: Option<Expired>,
}

fn as_text<S: Serializer>(id: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
    id.map(|id| id.to_string()).serialize(serializer)
}

/// What expired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Expired {
    /// Snapshots that the table does not have any more.
    pub snapshots: usize,
    /// Files that were deleted.
    pub files: usize,
}
