//! Whether the ledger has changed.

use diesel::prelude::*;

use crate::db::schema::ledger_changes;

/// A state of the ledger: where two are equal, so are the ledger and all rows that it is about.
///
/// Only a snapshot that shows both this and what was read with it says that they belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerState(Vec<(String, String, i64)>);

/// The state of the ledger as the connection sees it.
pub fn ledger_state(connection: &mut PgConnection) -> QueryResult<LedgerState> {
    ledger_changes::table
        .select((ledger_changes::feed, ledger_changes::scope, ledger_changes::transaction_id))
        .order((ledger_changes::feed, ledger_changes::scope))
        .load(connection)
        .map(LedgerState)
}
