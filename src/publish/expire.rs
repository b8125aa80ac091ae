//! Removes what only old snapshots need.

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::error::PublishError;
use super::report::Expired;
use super::run::{Target, write_hint};
use super::state::State;
use super::version::commit_expiry;
use crate::ledger::lake::{deletable_files, forget_files};

/// Files that are deleted before the ledger forgets them.
const CHUNK: usize = 100;

/// Removes the snapshots that others superseded before a time, then deletes the files that none of the rest has, and those of runs
/// that ended before their commit. The current snapshot never goes.
pub fn expire(
    target: &Target<'_>,
    before: DateTime<Utc>,
    recorder: &mut PgConnection,
) -> Result<Expired, PublishError> {
    target.lock(recorder)?;
    let state = State::load(recorder, target)?;
    let Some(table) = &state.table else { return Ok(Expired::default()) };
    let snapshots = state.snapshots.iter().filter(|snapshot| snapshot.is_expired(before)).count();
    if snapshots > 0 {
        let metadata = commit_expiry(target, &state, table, before, recorder)?;
        write_hint(target, &metadata)?;
    }
    let keys = deletable_files(recorder, target.name(), before)?;
    for keys in keys.chunks(CHUNK) {
        // Those whose connection is lost have lost the lock, too: they must not go on.
        keys.iter().try_for_each(|key| target.sink.delete(key))?;
        forget_files(recorder, target.name(), keys)?;
    }
    Ok(Expired { snapshots, files: keys.len() })
}
