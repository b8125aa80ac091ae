//! Removes the rows of a dump that should not have been imported.

use diesel::result::Error;
use diesel::{Connection, PgConnection};

use crate::db;
use crate::feed::{Feed, WithdrawnRows, WriteError};
use crate::ledger::{self, Entry, Status};

/// The result of a withdrawal.
#[derive(Clone, Debug, PartialEq)]
pub enum Withdrawal {
    /// Its rows are gone; the entry as it is now.
    Withdrawn(Entry, WithdrawnRows),
    /// It had been withdrawn before.
    AlreadyWithdrawn(Entry),
    /// It is not the current revision: it was rejected, or another revision has replaced it.
    NotCurrent(Entry),
    /// The feed has no such dump.
    Unknown,
}

/// Removes the rows of a dump, given the number of its current revision; the ledger entry stays, with the
/// status `withdrawn`.
///
/// All revisions of the dump are withdrawn. The same bytes delivered again are not imported, nor are older ones:
/// the withdrawn revision stays the current one, without rows, until a newer one replaces it. Rows and
/// entry change in one transaction, under the lock of the dump's scope.
///
/// # Errors
///
/// The database's; nothing was changed then.
pub fn withdraw(connection: &mut PgConnection, feed: &dyn Feed, id: i32) -> Result<Withdrawal, WriteError> {
    connection.transaction(|connection| try_withdraw(connection, feed, id))
}

/// Returns what [`withdraw`] would, and changes nothing.
///
/// It does all the work and rolls it back, since which claims of other dumps win is known only then. So
/// it takes as long, and keeps other writers of the scope waiting as long.
///
/// # Errors
///
/// The database's.
pub fn preview_withdrawal(
    connection: &mut PgConnection,
    feed: &dyn Feed,
    id: i32,
) -> Result<Withdrawal, WriteError> {
    let mut preview = None;
    let rolled_back = connection.transaction(|connection| {
        preview = Some(try_withdraw(connection, feed, id)?);
        Err::<(), WriteError>(Error::RollbackTransaction.into())
    });
    match (preview, rolled_back) {
        (Some(preview), Err(WriteError::Database(Error::RollbackTransaction))) => Ok(preview),
        (_, Err(error)) => Err(error),
        (_, Ok(())) => Ok(Withdrawal::Unknown),
    }
}

fn try_withdraw(connection: &mut PgConnection, feed: &dyn Feed, id: i32) -> Result<Withdrawal, WriteError> {
    let Some(Entry { scope, .. }) = ledger::entry(connection, feed.name(), id)? else {
        return Ok(Withdrawal::Unknown);
    };
    db::lock_scopes(connection, feed.name(), [scope.as_str()])?;
    // Only what is read under the lock stays true; a scope never changes.
    let Some(entry) = ledger::entry(connection, feed.name(), id)? else {
        return Ok(Withdrawal::Unknown);
    };
    if entry.status == Status::Withdrawn.as_str() {
        return Ok(Withdrawal::AlreadyWithdrawn(entry));
    }
    let Some(name) = entry.name.as_deref().filter(|_| entry.status == Status::Landed.as_str()) else {
        return Ok(Withdrawal::NotCurrent(entry));
    };
    let revisions = ledger::revisions(connection, feed.name(), name)?;
    // First, so that the feed finds in the ledger which days have a dump.
    ledger::withdraw(connection, id)?;
    let rows = feed.withdraw(connection, &revisions)?;
    let entry = ledger::count_removed(connection, id, rows.removed - rows.restored)?;
    Ok(Withdrawal::Withdrawn(entry, rows))
}
