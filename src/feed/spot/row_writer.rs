//! Resolves claims of a batch against what is stored, and stores what changes.

use std::collections::BTreeSet;

use diesel::{PgConnection, QueryResult};

use crate::feed::Role;

use super::day::Day;
use super::observation::{Claim, DumpId};
use super::resolve::{Batch, MarketDay, MarketRef, resolve};
use super::store::months::Months;
use super::store::summaries::{PRICE_REACH_DAYS, days_reached_by};
use super::store::{days, deferred, dumps, observations, summaries};
use super::summary::{PriceRow, Summarizer};

/// Writes rows and their summaries.
#[derive(Default)]
pub(super) struct RowWriter {
    pub(super) months: Months,
}

impl RowWriter {
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
        batch.apply(&changes.tally);
        let written = changes.added.iter().chain(&changes.deferred);
        self.months.ensure(connection, written.map(|claim| Day::of(claim.observed_at)))?;
        observations::reassign(connection, &batch.dumps, &changes.reassigned)?;
        observations::copy(connection, &batch.dumps, &changes.added)?;
        let mut deferred = changes.deferred;
        deferred.sort_unstable_by_key(|claim| (claim.origin, claim.observed_at, claim.pool));
        deferred::defer(connection, &batch.dumps, deferred.into_iter().map(Ok))?;
        Ok(changes.added.len() as i64)
    }

    /// Summarizes all days that the batch changed: those of the summarizer from what it has, the others from the stored
    /// rows. The days of `summarized` have their summaries already.
    pub(super) fn summarize(
        &mut self,
        connection: &mut PgConnection,
        batch: &Batch,
        mut summarizer: Summarizer,
        summarized: &BTreeSet<MarketDay>,
    ) -> QueryResult<()> {
        let landing: BTreeSet<_> = batch.landing_days().collect();
        let affected: BTreeSet<_> = batch
            .days
            .changes()
            .flat_map(|(day, _)| days_reached_by(day))
            .chain(landing.iter().copied())
            .filter(|day| !summarized.contains(day))
            .collect();
        let others: Vec<_> = affected.difference(&landing).copied().collect();
        let landed = summaries::landed(connection, &batch.dumps, &others)?;
        // A day has summaries once its dump has landed: without it, it is unknown which prices stayed valid.
        let mut days: Vec<_> =
            affected.into_iter().filter(|day| landing.contains(day) || landed.contains(day)).collect();
        summaries::remove(connection, &batch.dumps, &days)?;
        let mut made = summarizer.take();
        days.retain(|day| !summarizer.is_of(*day));
        made.extend(summaries::of_stored(connection, &batch.dumps, &days)?);
        self.months.ensure(connection, made.iter().map(|((_, day), _)| *day))?;
        summaries::store(connection, &batch.dumps, made)
    }
}

/// Removes what replaced revisions have in the rows of their own days; returns the deferred claims about those days.
pub(super) fn remove_replaced(connection: &mut PgConnection, batch: &mut Batch) -> QueryResult<Vec<Claim>> {
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
pub(super) fn days_without_rows(
    connection: &mut PgConnection,
    batch: &mut Batch,
) -> QueryResult<Vec<MarketDay>> {
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
