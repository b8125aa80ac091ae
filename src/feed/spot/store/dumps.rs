//! Dump revisions that landed before.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use crate::db::schema::ledger;
use crate::feed::Revision;
use crate::feed::spot::market::Market;
use crate::feed::spot::observation::{Claim, DumpId, Stored};
use crate::feed::spot::resolve::{Dump, Dumps};

/// The columns of the ledger that a [`Dump`] is made of.
type Row = (i32, Option<String>, Option<String>, Option<NaiveDate>, DateTime<Utc>, Option<Vec<u8>>);

/// Registers the dumps that stored prices come from, and turns these into their claims.
pub(in crate::feed::spot) fn register(
    connection: &mut PgConnection,
    dumps: &mut Dumps,
    stored: Vec<Stored>,
) -> QueryResult<Vec<Claim>> {
    let unknown: HashSet<DumpId> =
        stored.iter().map(|row| row.origin).filter(|id| dumps.find(*id).is_none()).collect();
    if !unknown.is_empty() {
        for dump in load(connection, unknown)? {
            dumps.register(dump);
        }
    }
    let claim = |row: Stored| {
        let dump = dumps.find(row.origin).ok_or(diesel::result::Error::NotFound)?;
        Ok(row.with_origin(dump))
    };
    stored.into_iter().map(claim).collect()
}

/// Dumps by their numbers in the ledger.
pub(in crate::feed::spot) fn load(
    connection: &mut PgConnection,
    ids: impl IntoIterator<Item = DumpId>,
) -> QueryResult<Vec<Dump>> {
    let rows: Vec<Row> = ledger::table
        .filter(ledger::id.eq_any(ids.into_iter().map(|DumpId(id)| id)))
        .select((
            ledger::id,
            ledger::account_id,
            ledger::region,
            ledger::day,
            ledger::modified_at,
            ledger::sha256,
        ))
        .load(connection)?;
    let dump = |(id, account_id, region, day, modified_at, sha256): Row| {
        let missing = |column| move || incomplete(id, column);
        let account_id = account_id.ok_or_else(missing("account_id"))?;
        let region = region.ok_or_else(missing("region"))?;
        Ok(Dump {
            id: DumpId(id),
            market: Market { account_id, region },
            day: day.ok_or_else(missing("day"))?.into(),
            revision: Revision::of_entry(modified_at, sha256.as_deref()).ok_or_else(missing("sha256"))?,
        })
    };
    rows.into_iter().map(dump).collect()
}

/// Rows name a ledger entry that no landing can have written.
fn incomplete(id: i32, column: &str) -> diesel::result::Error {
    diesel::result::Error::DeserializationError(
        format!("the ledger entry {id} has rows, but no {column}: restore it from a backup").into(),
    )
}
