//! Takes back a dump that has landed.

use diesel::{Connection, PgConnection, QueryResult};

use crate::db;
use crate::db::ledger::{self, Entry, Status};
use crate::feed::Feed;

/// What came of withdrawing a dump.
#[derive(Clone, Debug, PartialEq)]
pub enum Withdrawal {
    /// Its rows are gone; the entry as it is now.
    Withdrawn(Entry),
    /// It had been withdrawn before.
    Before(Entry),
    /// Its word does not stand: it was rejected, or another revision has taken its place.
    NotStanding(Entry),
    /// The feed has no such dump.
    Unknown,
    /// The dumps of this feed cannot be withdrawn.
    Unsupported,
}

/// Takes the rows of a landed dump back; its ledger entry stays, with the status `withdrawn`.
///
/// The same bytes delivered again do not land: a withdrawn revision stands with nothing to say, until
/// a newer one takes its place. Rows and entry change in one transaction, under the feed's lock.
///
/// # Errors
///
/// The database's; nothing was changed then.
pub fn withdraw(connection: &mut PgConnection, feed: &dyn Feed, id: i32) -> QueryResult<Withdrawal> {
    connection.transaction(|connection| {
        db::lock_feed(connection, feed.name())?;
        let Some(entry) = ledger::entry(connection, feed.name(), id)? else {
            return Ok(Withdrawal::Unknown);
        };
        if entry.status == Status::Withdrawn.as_str() {
            return Ok(Withdrawal::Before(entry));
        }
        if entry.status != Status::Landed.as_str() {
            return Ok(Withdrawal::NotStanding(entry));
        }
        let Some(removed) = feed.withdraw(connection, id)? else {
            return Ok(Withdrawal::Unsupported);
        };
        ledger::withdraw(connection, id, removed).map(Withdrawal::Withdrawn)
    })
}
