//! Writes batches of spot dumps: load what the rule needs, resolve, store what changes.

use diesel::{PgConnection, QueryResult};
use std::collections::BTreeSet;

use crate::feed::{Counts, PendingDump, Rejection, Role, WriteError, Writer};

use super::SpotDump;
use super::day::Day;
use super::observation::{Claim, DumpId};
use super::resolve::{Batch, Dump, MarketDay, MarketRef, resolve};
use super::sorted::{MAX_RUN_LENGTH, Sorted};
use super::store::months::Months;
use super::store::pools::PoolIdCache;
use super::store::summaries::{PRICE_REACH_DAYS, days_reached_by};
use super::store::{days, deferred, dumps, observations, summaries};
use super::summary::{PriceRow, Summarizer};

/// Claims to reserve memory for: as many as a batch has in memory. Dumps in scratch files have more.
const MAX_RESERVED_CLAIMS: u64 = 2_000_000;

/// Writes batches of spot dumps.
#[derive(Default)]
pub struct SpotWriter {
    pool_ids: PoolIdCache,
    months: Months,
}

impl Writer<SpotDump> for SpotWriter {
    fn prepare(&mut self, connection: &mut PgConnection, contents: &[&SpotDump]) -> QueryResult<()> {
        // Prices are stored by their days; summaries also by the days that their validity reaches.
        let days: BTreeSet<Day> = contents
            .iter()
            .flat_map(|dump| dump.days.iter().chain([&dump.day]))
            .flat_map(|day| [*day, Day(day.0 + PRICE_REACH_DAYS)])
            .collect();
        self.months.ensure(connection, days)
    }

    fn write(
        &mut self,
        connection: &mut PgConnection,
        pending: Vec<PendingDump<'_, SpotDump>>,
    ) -> Result<Vec<Result<Counts, Rejection>>, WriteError> {
        let mut batch = Batch::default();
        let mut contents = Vec::with_capacity(pending.len());
        for PendingDump { dump_id, revision, role, content, .. } in pending {
            let dump =
                Dump { id: DumpId(dump_id), market: content.market.clone(), day: content.day, revision };
            batch.add(dump, role);
            contents.push(content);
        }
        // Every error of a spot dump is found by its decoder.
        Ok(self.write_batch(connection, batch, contents)?.into_iter().map(Ok).collect())
    }
}

impl SpotWriter {
    fn write_batch(
        &mut self,
        connection: &mut PgConnection,
        mut batch: Batch,
        contents: Vec<SpotDump>,
    ) -> Result<Vec<Counts>, WriteError> {
        self.load_pool_ids(connection, &batch, &contents)?;
        let mut claims = remove_replaced(connection, &mut batch)?;
        let records = contents.iter().map(|dump| dump.observations.len()).sum::<u64>();
        claims.reserve_exact(records.min(MAX_RESERVED_CLAIMS) as usize);
        let own: Vec<_> = batch.own().map(|(dump, _)| dump).collect();
        for (dump, content) in own.into_iter().zip(contents) {
            let pools = self.pool_ids.ids(batch.dumps.name(batch.dumps.market(dump)), &content.pools)?;
            batch.count_repeats(dump, content.repeats());
            match content.observations {
                Sorted::Memory(observations) => batch.add_claims(dump, &pools, &observations, &mut claims),
                // Too large to be resolved with the others: chunk by chunk, and then it is stored.
                Sorted::Scratch(scratch) => {
                    for chunk in scratch.chunks(MAX_RUN_LENGTH).map_err(WriteError::Scratch)? {
                        let mut claims = Vec::new();
                        batch.add_claims(dump, &pools, &chunk.map_err(WriteError::Scratch)?, &mut claims);
                        self.resolve(connection, &mut batch, claims, &mut Summarizer::default())?;
                    }
                    batch.days.mark_stored();
                }
            }
        }
        let mut summarizer = Summarizer::of(days_without_rows(connection, &mut batch)?);
        self.resolve(connection, &mut batch, claims, &mut summarizer)?;
        self.summarize(connection, &batch, summarizer)?;
        days::add(connection, &batch.dumps, batch.days.changes())?;
        Ok(batch.into_counts())
    }

    fn load_pool_ids(
        &mut self,
        connection: &mut PgConnection,
        batch: &Batch,
        contents: &[SpotDump],
    ) -> QueryResult<()> {
        self.pool_ids.evict_if_full();
        let market = |dump| batch.dumps.name(batch.dumps.market(dump));
        let dumps: Vec<_> =
            batch.own().zip(contents).map(|((dump, _), content)| (market(dump), &content.pools)).collect();
        self.pool_ids.learn(connection, &dumps)
    }

    /// Resolves claims against the stored rows, and stores what changes; returns how many rows were added.
    pub(super) fn resolve(
        &mut self,
        connection: &mut PgConnection,
        batch: &mut Batch,
        mut claims: Vec<Claim>,
        summarizer: &mut Summarizer,
    ) -> QueryResult<i64> {
        // Each dump's claims are in order already: this sort merges such runs instead of sorting from scratch.
        claims.sort();
        claims.dedup();
        let stored = load_rows(connection, batch, &claims)?;
        let changes = resolve(&batch.dumps, batch.len(), claims, stored, |market, winner| {
            summarizer.push(price_row(market, winner));
        });
        batch.apply(&changes);
        let written = changes.added.iter().chain(&changes.deferred);
        self.months.ensure(connection, written.map(|claim| Day::of(claim.observed_at)))?;
        observations::reassign(connection, &batch.dumps, &changes.reassigned)?;
        observations::copy(connection, &batch.dumps, &changes.added)?;
        deferred::defer(connection, &batch.dumps, changes.deferred)?;
        Ok(changes.added.len() as i64)
    }

    /// Summarizes all days that the batch changed.
    pub(super) fn summarize(
        &mut self,
        connection: &mut PgConnection,
        batch: &Batch,
        summarizer: Summarizer,
    ) -> QueryResult<()> {
        let mut made = summarizer.finish();
        let landing: BTreeSet<_> = batch.landing_days().collect();
        let affected: BTreeSet<_> = batch
            .days
            .changes()
            .flat_map(|(day, _)| days_reached_by(day))
            .chain(landing.iter().copied())
            .collect();
        let others: Vec<_> = affected.difference(&landing).copied().collect();
        let landed = summaries::landed(connection, &batch.dumps, &others)?;
        // A day has summaries once its dump has landed: without it, it is unknown which prices stayed valid.
        let mut days: Vec<_> =
            affected.into_iter().filter(|day| landing.contains(day) || landed.contains(day)).collect();
        summaries::remove(connection, &batch.dumps, &days)?;
        days.retain(|day| !made.contains_key(day));
        made.extend(summaries::of_stored(connection, &batch.dumps, &days)?);
        self.months.ensure(connection, made.keys().map(|(_, day)| *day))?;
        summaries::store(connection, &batch.dumps, made)
    }
}

/// Removes what replaced revisions have in the rows of their own days; returns the deferred claims about those days.
fn remove_replaced(connection: &mut PgConnection, batch: &mut Batch) -> QueryResult<Vec<Claim>> {
    let mut claims = Vec::new();
    for (dump, role) in batch.own().collect::<Vec<_>>() {
        let Role::Replaces(old) = role else { continue };
        let (market, day) = batch.dumps.market_day(dump);
        let market = batch.dumps.name(market);
        let removed = observations::remove(connection, market, day, DumpId(old))?;
        let stored = deferred::take(connection, market, day)?;
        batch.replace(dump, removed);
        claims.extend(dumps::register(connection, &mut batch.dumps, stored)?);
    }
    Ok(claims)
}

/// The stored rows under the claimed keys; days without rows are skipped.
fn load_rows(connection: &mut PgConnection, batch: &mut Batch, claims: &[Claim]) -> QueryResult<Vec<Claim>> {
    let day_of = |batch: &Batch, claim: &Claim| -> MarketDay {
        (batch.dumps.market(claim.origin), Day::of(claim.observed_at))
    };
    let mut days = BTreeSet::new();
    let mut last = None;
    for claim in claims {
        let day = day_of(batch, claim);
        if last.replace(day) != Some(day) {
            days.insert(day);
        }
    }
    load_day_rows(connection, batch, days)?;
    let mut keys: Vec<_> =
        claims.iter().filter(|claim| !batch.days.is_empty(day_of(batch, claim))).map(Claim::key).collect();
    keys.dedup();
    let stored = observations::load(connection, &keys)?;
    dumps::register(connection, &mut batch.dumps, stored)
}

/// Days that this batch lands and can summarize from its claims alone: no rows were stored of them, nor of the days before
/// whose prices may still be valid.
fn days_without_rows(connection: &mut PgConnection, batch: &mut Batch) -> QueryResult<Vec<MarketDay>> {
    let mut days: Vec<_> = batch.landing_days().collect();
    let before = |(market, day): MarketDay| (0..=PRICE_REACH_DAYS).map(move |n| (market, Day(day.0 - n)));
    load_day_rows(connection, batch, days.iter().copied().flat_map(before).collect())?;
    days.retain(|day| before(*day).all(|day| batch.days.is_empty(day)));
    Ok(days)
}

/// Loads which days have rows, unless that was done before.
fn load_day_rows(
    connection: &mut PgConnection,
    batch: &mut Batch,
    days: BTreeSet<MarketDay>,
) -> QueryResult<()> {
    let missing: Vec<_> = days.into_iter().filter(|day| !batch.days.is_loaded(*day)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let have_rows = days::have_rows(connection, &batch.dumps, &missing)?;
    for (day, has_rows) in missing.into_iter().zip(have_rows) {
        batch.days.set_stored(day, has_rows);
    }
    Ok(())
}

fn price_row(market: MarketRef, claim: &Claim) -> PriceRow {
    PriceRow { market, pool: claim.pool, observed_at: claim.observed_at, price: claim.price }
}
