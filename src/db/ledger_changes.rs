//! Whether the ledger has changed.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::schema::ledger_changes;

/// A state of the ledger: where two are equal, so are the ledger and all rows that it tells of.
///
/// Only a snapshot that shows both this and what was read with it says that they belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerState(Vec<(String, i64)>);

/// The state of the ledger as the connection sees it.
pub fn ledger_state(connection: &mut PgConnection) -> QueryResult<LedgerState> {
    ledger_changes::table.order(ledger_changes::feed).load(connection).map(LedgerState)
}

/// Notes that rows of a feed change without an entry of the ledger, in the transaction that changes them.
pub fn note_change(connection: &mut PgConnection, feed: &str) -> QueryResult<()> {
    let transaction_id = diesel::dsl::sql::<BigInt>("txid_current()");
    diesel::insert_into(ledger_changes::table)
        .values((ledger_changes::feed.eq(feed), ledger_changes::transaction_id.eq(transaction_id.clone())))
        .on_conflict(ledger_changes::feed)
        .do_update()
        .set(ledger_changes::transaction_id.eq(transaction_id))
        .execute(connection)
        .map(drop)
}
