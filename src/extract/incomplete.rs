//! Parts that are left as they are.

use crate::ledger::IncompletePart;

/// A part of which fewer rows are stored than landed: a file of it would replace a complete one by a few rows that came late.
pub(super) fn incomplete_part(table: &str, part: &str, landed: i64, stored: i64) -> Option<IncompletePart> {
    if stored == landed {
        return None;
    }
    tracing::warn!(
        table,
        part,
        landed,
        stored,
        "not extracted again: Postgres does not have all rows that landed, because a partition was dropped"
    );
    Some(IncompletePart { part: part.to_owned(), landed, stored })
}
