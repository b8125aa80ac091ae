//! Withdraws a dump: the rows become those that there would be without it.

use std::collections::BTreeSet;

use diesel::{PgConnection, QueryResult};

use crate::feed::spot::market::Market;
use crate::feed::{WithdrawnRows, WriteError};

use super::day::Day;
use super::observation::DumpId;
use super::resolve::Batch;
use super::row_writer::RowWriter;
use super::store::{days, deferred, dumps, observations, summaries};
use super::summary::Summarizer;

/// Days whose claims and summaries are computed at once: it bounds the memory, however many days a dump has.
const MAX_DAYS_AT_ONCE: usize = 16;

/// Removes the rows and deferred claims of a dump, given all its revisions (`ledger.id`); see
/// [`crate::feed::Feed::withdraw`].
///
/// All revisions are meant: claims of older ones outside their own day would otherwise outlive the dump. Once their
/// rows are deleted, the deferred claims of other dumps on the same keys are resolved by the rule that lands dumps.
pub(super) fn withdraw(
    connection: &mut PgConnection,
    revisions: &[i32],
) -> Result<WithdrawnRows, WriteError> {
    let dump = dumps::load(connection, revisions.iter().copied().map(DumpId))?.into_iter().next();
    let dump = dump.ok_or(diesel::result::Error::NotFound)?;
    let deferred = deferred::remove(connection, &dump.market, revisions)?;
    let days = observations::remove_all(connection, &dump.market, revisions)?;
    // A day without a dump has no summaries; those of the days around are made again below.
    let mut batch = Batch::default();
    let market = batch.dumps.market_ref(dump.market.clone());
    summaries::remove(connection, &batch.dumps, &[(market, dump.day)])?;
    let mut rows = WithdrawnRows { removed: 0, restored: 0, deferred };
    let mut writer = RowWriter::default();
    for days in days.chunks(MAX_DAYS_AT_ONCE) {
        rows.removed += days.iter().map(|(_, removed)| removed).sum::<i64>();
        rows.restored += resolve_again(connection, &mut writer, &dump.market, days)?;
    }
    Ok(rows)
}

/// Resolves the deferred claims of other dumps about days whose rows were removed; returns how many rows that restored.
fn resolve_again(
    connection: &mut PgConnection,
    writer: &mut RowWriter,
    market: &Market,
    removed: &[(Day, i64)],
) -> QueryResult<i64> {
    let mut batch = Batch::default();
    let market_ref = batch.dumps.market_ref(market.clone());
    let mut restored = 0;
    for (day, count) in removed {
        batch.days.note_removed((market_ref, *day), *count);
        let taken = deferred::take(connection, market, *day)?;
        let claims = dumps::register(connection, &mut batch.dumps, taken)?;
        restored += writer.resolve(connection, &mut batch, claims, &mut Summarizer::default())?;
    }
    writer.summarize(connection, &batch, Summarizer::default(), &BTreeSet::new())?;
    days::add(connection, &batch.dumps, batch.days.changes())?;
    Ok(restored)
}
