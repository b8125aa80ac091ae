//! Which parts have to be published.

use std::collections::BTreeMap;

use diesel::PgConnection;

use super::error::PublishError;
use super::state::State;
use super::target::Target;
use crate::ledger::lake::{PartCount, lake_source};

/// What is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What has changed.
    Changed,
    /// Everything, because files were lost.
    All,
}

/// A part that has changed since it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StalePart {
    /// Its name.
    pub part: String,
    /// How often its rows have changed, and how many they are.
    pub count: PartCount,
    /// Whether the table has a file of it.
    pub is_published: bool,
}

/// The parts that have to be published, by their names.
pub fn stale_parts(
    connection: &mut PgConnection,
    target: &Target<'_>,
    scope: Scope,
) -> Result<Vec<StalePart>, PublishError> {
    let state = State::load(connection, target)?;
    Ok(stale(&lake_source(connection, target.feed)?.parts, &state, scope))
}

pub(super) fn stale(parts: &BTreeMap<String, PartCount>, state: &State, scope: Scope) -> Vec<StalePart> {
    let parts = parts.iter().filter_map(|(part, count)| {
        let current = state.current.get(part);
        let is_fresh = match current {
            Some(file) => scope == Scope::Changed && file.changes == count.changes,
            // A part that never had rows, or lost them before it was published, needs no file.
            None => count.rows == 0,
        };
        (!is_fresh).then(|| StalePart { part: part.clone(), count: *count, is_published: current.is_some() })
    });
    parts.collect()
}
