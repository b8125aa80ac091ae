//! What to do with a fetched dump, given what the ledger knows of it.

use super::task::Delivery;
use crate::feed::{Revision, Role};
use crate::ledger::{CurrentRevision, SeenEntry, Status};

/// What is to be done with a fetched dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Write it.
    Write(Role, Revision),
    /// Nothing: its bytes are imported.
    Skip,
}

/// Decides what to do with a dump.
///
/// `seen` is the latest entry of the object, `current` the current revision of the dump, `fetched` what was fetched,
/// with the modification time of the object, and `rejected` how many of its records are rejected now.
pub(super) fn classify(
    delivery: Delivery<'_>,
    seen: Option<&SeenEntry>,
    current: Option<&CurrentRevision>,
    fetched: Revision,
    rejected: usize,
) -> Action {
    let Revision { modified_at, sha256 } = fetched;
    let later_than =
        |current: Revision| Revision { modified_at: modified_at.max(current.modified_at + 1), sha256 };
    let same_bytes = |known: Option<&[u8]>| known == Some(&sha256);
    let is_as_planned = seen.map(|seen| seen.id) == delivery.seen_entry_id;
    if delivery.replay
        && is_as_planned
        && let (Some(seen), Some(current)) = (seen, current)
        && seen.has_rejected_records()
        // Otherwise each retry would only write the same rows again.
        && (rejected as i64) < seen.rows_rejected
        && same_bytes(seen.sha256.as_deref())
        && let Some(before) = revision_of(current)
    {
        return Action::Write(Role::Replaces(current.id), later_than(before));
    }
    if seen.is_some_and(|seen| !seen.is_rejected() && same_bytes(seen.sha256.as_deref())) {
        // Touched, but with the bytes that this object had when it was last seen.
        return Action::Skip;
    }
    let Some(current) = current else {
        return Action::Write(Role::First, fetched);
    };
    if same_bytes(current.sha256.as_deref()) {
        return Action::Skip;
    }
    // What was imported has a hash: the table checks that.
    let Some(before) = revision_of(current) else {
        return Action::Write(Role::Replaces(current.id), fetched);
    };
    let same_object = current.source == delivery.source && current.key == delivery.key;
    if same_object && is_as_planned && !current.confirmed {
        // The object replaced the only one with the current revision: it is newer, whatever its clock says.
        Action::Write(Role::Replaces(current.id), later_than(before))
    } else if fetched > before {
        Action::Write(Role::Replaces(current.id), fetched)
    } else if current.status == Status::Withdrawn.as_str() {
        Action::Write(Role::Withdrawn, fetched)
    } else {
        Action::Write(Role::Outdated, fetched)
    }
}

fn revision_of(current: &CurrentRevision) -> Option<Revision> {
    Revision::of_entry(current.modified_at, current.sha256.as_deref())
}

#[cfg(test)]
mod tests;
