//! Takes back a dump that has landed.

use diesel::result::Error;
use diesel::{Connection, PgConnection, QueryResult};

use crate::db;
use crate::db::ledger::{self, Entry, Status};
use crate::feed::{Feed, TakenBack};

/// What came of withdrawing a dump.
#[derive(Clone, Debug, PartialEq)]
pub enum Withdrawal {
    /// Its rows are gone; the entry as it is now.
    Withdrawn(Entry, TakenBack),
    /// It had been withdrawn before.
    Before(Entry),
    /// It is not the current revision: it was rejected, or another revision has taken its place.
    NotStanding(Entry),
    /// The feed has no such dump.
    Unknown,
}

/// Takes back what a dump brought, given the number of its current revision; the ledger entry stays, with the
/// status `withdrawn`.
///
/// All revisions of the dump are taken back. The same bytes delivered again do not land, nor do older ones:
/// the withdrawn revision stays the current one, without rows, until a newer one takes its place. Rows and
/// entry change in one transaction, under the feed's lock.
///
/// # Errors
///
/// The database's; nothing was changed then.
pub fn withdraw(connection: &mut PgConnection, feed: &dyn Feed, id: i32) -> QueryResult<Withdrawal> {
    connection.transaction(|connection| take_back(connection, feed, id))
}

/// Returns what [`withdraw`] would, and changes nothing.
///
/// It does all the work and rolls it back, since which claims of other dumps win is known only then. So
/// it takes as long, and keeps others waiting for the feed's lock as long.
///
/// # Errors
///
/// The database's.
pub fn preview_withdrawal(
    connection: &mut PgConnection,
    feed: &dyn Feed,
    id: i32,
) -> QueryResult<Withdrawal> {
    let mut preview = None;
    let rolled_back = connection.transaction(|connection| {
        preview = Some(take_back(connection, feed, id)?);
        Err::<(), _>(Error::RollbackTransaction)
    });
    match (preview, rolled_back) {
        (Some(preview), Err(Error::RollbackTransaction)) => Ok(preview),
        (_, Err(error)) => Err(error),
        (_, Ok(())) => Err(Error::NotFound),
    }
}

fn take_back(connection: &mut PgConnection, feed: &dyn Feed, id: i32) -> QueryResult<Withdrawal> {
    db::lock_feed(connection, feed.name())?;
    let Some(entry) = ledger::entry(connection, feed.name(), id)? else {
        return Ok(Withdrawal::Unknown);
    };
    if entry.status == Status::Withdrawn.as_str() {
        return Ok(Withdrawal::Before(entry));
    }
    let Some(name) = entry.name.as_deref().filter(|_| entry.status == Status::Landed.as_str()) else {
        return Ok(Withdrawal::NotStanding(entry));
    };
    let revisions = ledger::revisions(connection, feed.name(), name)?;
    // First, so that the feed finds in the ledger which days have a dump.
    ledger::withdraw(connection, id)?;
    let taken_back = feed.withdraw(connection, &revisions)?;
    let entry = ledger::count_removed(connection, id, taken_back.removed - taken_back.restored)?;
    Ok(Withdrawal::Withdrawn(entry, taken_back))
}
