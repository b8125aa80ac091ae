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
type DumpRow = (i32, Option<String>, Option<String>, Option<NaiveDate>, DateTime<Utc>, Option<Vec<u8>>);

/// Registers the dumps that stored prices come from, and turns these into their claims.
pub(in crate::feed::spot) fn register(
    connection: &mut PgConnection,
    dumps: &mut Dumps,
    stored: Vec<Stored>,
) -> QueryResult<Vec<Claim>> {
    let missing: HashSet<DumpId> =
        stored.iter().map(|row| row.origin).filter(|id| dumps.find(*id).is_none()).collect();
    if !missing.is_empty() {
        for dump in load(connection, missing)? {
            dumps.register(dump);
        }
    }
    let claim = |row: Stored| {
        let dump = dumps.find(row.origin).ok_or(diesel::result::Error::NotFound)?;
        Ok(row.with_origin(dump))
    };
    stored.into_iter().map(claim).collect()
}

/// Dumps by `ledger.id`, in no particular order.
pub(in crate::feed::spot) fn load(
    connection: &mut PgConnection,
    ids: impl IntoIterator<Item = DumpId>,
) -> QueryResult<Vec<Dump>> {
    let rows: Vec<DumpRow> = ledger::table
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
    let dump = |(id, account_id, region, day, modified_at, sha256): DumpRow| {
        let without = |column| move || incomplete(id, column);
        let account_id = account_id.ok_or_else(without("account_id"))?;
        let region = region.ok_or_else(without("region"))?;
        Ok(Dump {
            id: DumpId(id),
            market: Market { account_id, region },
            day: day.ok_or_else(without("day"))?.into(),
            revision: Revision::of_entry(modified_at, sha256.as_deref()).ok_or_else(without("sha256"))?,
        })
    };
    rows.into_iter().map(dump).collect()
}

/// The error for rows whose ledger entry lacks what every landed dump has.
fn incomplete(id: i32, column: &str) -> diesel::result::Error {
    diesel::result::Error::DeserializationError(
        format!("the ledger entry {id} has rows, but no {column}: restore it from a backup").into(),
    )
}
