//! Writes what was gathered of a month.

use std::collections::BTreeSet;
use std::mem;
use std::panic::resume_unwind;
use std::thread;

use chrono::NaiveDate;
use diesel::PgConnection;

use crate::feed::spot::day::Day;
use crate::feed::spot::external_sort::ExternalSort;
use crate::feed::spot::observation::Claim;
use crate::feed::spot::resolve::{Batch, Tally};
use crate::feed::spot::row_writer::{RowWriter, remove_replaced};
use crate::feed::spot::sorted::MAX_RUN_LENGTH;
use crate::feed::spot::store::summaries::{PRICE_REACH_DAYS, SummaryWriter};
use crate::feed::spot::store::{days, deferred, loading, observations};
use crate::feed::spot::summary::Summarizer;
use crate::feed::{Counts, WriteError};

use super::by_dump::ByDump;
use super::chunks::{ChunkSender, chunks};
use super::gathered::{DumpNumber, Gathered, GatheredDump, GatheredDumps, GatheredPrice};
use super::winners::{Origin, Side, Winners};

/// Writes the rows of a batch, whose dumps were all gathered; returns their counts.
///
/// # Errors
///
/// Also if the month has partitions by now.
pub(in crate::feed::spot) fn load(
    connection: &mut PgConnection,
    rows: &mut RowWriter,
    gathered: Gathered,
    mut batch: Batch,
) -> Result<Vec<Counts>, WriteError> {
    let Gathered { month, mut prices, earlier, dumps, mut beside, .. } = gathered;
    loading::begin(connection, month)?;
    let mut origins = origins(&dumps, &mut batch);
    for claim in remove_replaced(connection, &mut batch)? {
        let number = next_number(&mut origins, Origin::Deferred(claim.origin));
        prices.push(claim.with_origin(number)).map_err(WriteError::Scratch)?;
    }
    resolve_earlier(connection, rows, earlier, &mut batch, &origins)?;
    add_valid_before(connection, month.into(), &mut prices, &batch, &mut origins)?;
    write_month(connection, &mut beside, month, prices, &mut batch, &origins)?;
    let summarized: BTreeSet<_> = batch.landing_days().collect();
    rows.summarize(connection, &batch, Summarizer::default(), &summarized)?;
    days::add(connection, &batch.dumps, batch.days.changes())?;
    Ok(batch.into_counts())
}

/// What the numbers of gathered dumps stand for; those that are not in the batch are skipped.
fn origins(dumps: &GatheredDumps, batch: &mut Batch) -> Vec<Origin> {
    let mut origins = vec![Origin::Skipped; dumps.len()];
    for (dump, _) in batch.own().collect::<Vec<_>>() {
        let (market, day) = batch.dumps.market_day(dump);
        let gathered = dumps.get(&(batch.dumps.name(market).clone(), day));
        if let Some(GatheredDump { number: DumpNumber(number), repeats }) = gathered {
            origins[*number as usize] = Origin::Own(dump);
            batch.count_repeats(dump, *repeats);
        }
    }
    origins
}

fn next_number(origins: &mut Vec<Origin>, origin: Origin) -> DumpNumber {
    origins.push(origin);
    DumpNumber(origins.len() as u32 - 1)
}

/// Lands what the dumps say of earlier months, which may have rows.
fn resolve_earlier(
    connection: &mut PgConnection,
    rows: &mut RowWriter,
    earlier: ExternalSort<GatheredPrice>,
    batch: &mut Batch,
    origins: &[Origin],
) -> Result<(), WriteError> {
    let mut claims: Vec<Claim> = Vec::new();
    for price in earlier.finish().map_err(WriteError::Scratch)? {
        let price = price.map_err(WriteError::Scratch)?;
        let DumpNumber(number) = price.origin;
        let Origin::Own(dump) = origins[number as usize] else { continue };
        if !batch.has_claim(dump, price.observed_at) {
            batch.count_outdated(dump, 1);
            continue;
        }
        // A key's claims are resolved together.
        if claims.len() >= MAX_RUN_LENGTH && claims.last().is_some_and(|last| last.key() != price.key()) {
            rows.resolve(connection, batch, mem::take(&mut claims))?;
        }
        claims.push(price.with_origin(dump));
    }
    rows.resolve(connection, batch, claims)?;
    Ok(())
}

/// Adds the prices that are valid when the month begins: its first days are summarized with them.
fn add_valid_before(
    connection: &mut PgConnection,
    first: Day,
    prices: &mut ExternalSort<GatheredPrice>,
    batch: &Batch,
    origins: &mut Vec<Origin>,
) -> Result<(), WriteError> {
    let markets: BTreeSet<_> = batch
        .landing_days()
        .filter(|(_, day)| day.0 < first.0 + PRICE_REACH_DAYS)
        .map(|(market, _)| market)
        .collect();
    for market in markets {
        let number = next_number(origins, Origin::Stored(market));
        for row in observations::latest_before(connection, &batch.dumps, &[(market, first)])? {
            prices.push(row.with_origin(number)).map_err(WriteError::Scratch)?;
        }
    }
    Ok(())
}

/// Writes rows, deferred claims and summaries of the month: rows and summaries as they come, each over a connection of its
/// own.
fn write_month(
    connection: &mut PgConnection,
    beside: &mut [PgConnection; 2],
    month: NaiveDate,
    prices: ExternalSort<GatheredPrice>,
    batch: &mut Batch,
    origins: &[Origin],
) -> Result<(), WriteError> {
    let written = thread::scope(|scope| {
        let [beside_of_prices, beside_of_summaries] = &mut *beside;
        let (to_prices, encoded_prices) = chunks();
        let (to_summaries, encoded_summaries) = chunks();
        let tables = [
            scope.spawn(move || loading::prices(beside_of_prices, encoded_prices)),
            scope.spawn(move || loading::summaries(beside_of_summaries, encoded_summaries)),
        ];
        let resolved = resolve_month(prices, batch, origins, to_prices, to_summaries);
        // Meanwhile, the indexes are built.
        let written = resolved.and_then(|(tally, Side { deferred, outdated })| {
            let deferred = deferred.finish().map_err(WriteError::Scratch)?;
            let deferred = deferred.map(|claim| claim.map(|ByDump(claim)| claim));
            deferred::defer(connection, &batch.dumps, deferred)?;
            Ok((tally, outdated))
        });
        // Their errors first: they explain why nothing could be sent to them.
        let [prices, summaries] =
            tables.map(|table| table.join().unwrap_or_else(|panic| resume_unwind(panic)));
        let loaded = [prices?, summaries?];
        written.map(|written| (loaded, written))
    });
    if written.is_err() {
        beside.iter_mut().for_each(loading::discard);
    }
    let (loaded, (tally, outdated)) = written?;
    loading::end(connection, month, loaded)?;
    batch.apply(&tally);
    for (dump, outdated) in batch.own().map(|(dump, _)| dump).zip(outdated).collect::<Vec<_>>() {
        batch.count_outdated(dump, outdated);
    }
    Ok(())
}

/// Encodes the rows and the summaries of the month.
fn resolve_month(
    prices: ExternalSort<GatheredPrice>,
    batch: &Batch,
    origins: &[Origin],
    mut to_prices: ChunkSender,
    mut to_summaries: ChunkSender,
) -> Result<(Tally, Side), WriteError> {
    let resolve = || {
        let summaries = SummaryWriter::new(&mut to_summaries);
        let mut winners = Winners::new(prices.finish()?, origins, batch, summaries);
        observations::write(&mut to_prices, &batch.dumps, winners.by_ref())?;
        winners.finish()
    };
    resolve().map_err(WriteError::Scratch)
}
