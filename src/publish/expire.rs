//! Removes what only old snapshots need.

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::error::PublishError;
use super::hint::write_hint;
use super::report::Expired;
use super::state::State;
use super::target::Target;
use super::version::commit_expiry;
use crate::ledger::lake::{deletable_files, forget_files};

/// Files that are deleted before the ledger forgets them.
const CHUNK: usize = 100;

/// What became of a table.
#[derive(Clone, Debug, Default)]
pub struct Expiry {
    /// What expired.
    pub counts: Expired,
    /// URL of its metadata, if they are new.
    pub metadata: Option<String>,
}

/// What [`expire`] would remove.
pub fn expirable(
    target: &Target<'_>,
    before: DateTime<Utc>,
    connection: &mut PgConnection,
) -> Result<Expired, PublishError> {
    let state = State::load(connection, target)?;
    let snapshots = state.snapshots.iter().filter(|snapshot| snapshot.is_expired(before)).count();
    let files = deletable_files(connection, target.name(), before)?.len();
    Ok(Expired { snapshots, files })
}

/// Removes the snapshots that others superseded before a time, then deletes the files that none of the rest has, and those of runs
/// that ended before their commit. The current snapshot never goes.
pub fn expire(
    target: &Target<'_>,
    before: DateTime<Utc>,
    recorder: &mut PgConnection,
) -> Result<Expiry, PublishError> {
    target.lock(recorder)?;
    let state = State::load(recorder, target)?;
    let Some(table) = state.committed() else { return Ok(Expiry::default()) };
    let snapshots = state.snapshots.iter().filter(|snapshot| snapshot.is_expired(before)).count();
    let mut metadata = None;
    if snapshots > 0 {
        let committed = commit_expiry(target, &state, table, before, recorder)?;
        write_hint(target, &committed)?;
        metadata = Some(committed);
    }
    let keys = deletable_files(recorder, target.name(), before)?;
    for keys in keys.chunks(CHUNK) {
        // Those whose connection is lost have lost the lock, too: they must not go on.
        keys.iter().try_for_each(|key| target.sink.delete(key))?;
        forget_files(recorder, target.name(), keys)?;
    }
    Ok(Expiry { counts: Expired { snapshots, files: keys.len() }, metadata })
}
