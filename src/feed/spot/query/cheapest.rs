//! The cheapest pools over some days.

use std::cmp::Reverse;

use diesel::{PgConnection, QueryResult};
use serde::Serialize;
use utoipa::ToSchema;

use super::coverage::{MarketDays, coverage, has_landed};
use super::decimal::{Average, Decimal, Dollars, Rate, Ratio};
use super::interval::Interval;
use super::pools::{Pool, PoolFilter, TooMany, matching};
use super::price_span::{MAX_PRICE_AGE, PriceDurations};
use super::prices::{Price, prices};
use super::summaries::{Sum, sums};
use super::value_coverage::{DumpCoverage, ValueCoverage, stamps};
use super::weights::{Weight, weights};

/// How to rank pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// A price an hour: for which share of the time a pool is not above it.
    pub budget: Option<Dollars>,
    /// The most pools answered.
    pub limit: usize,
    /// The smallest known share of the interval with which a pool is ranked.
    pub fewest: Ratio,
}

/// A pool in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ranked {
    /// Its place, from 1: the lowest average first, then the lowest number of the pool. Null, like all prices
    /// here, where too little is known.
    #[schema(example = 1)]
    pub rank: Option<usize>,
    /// The pool.
    #[serde(flatten)]
    pub pool: Pool,
    /// Time-weighted average over the time for which the price is known, in US dollars an hour.
    #[schema(value_type = Option<f64>, example = 0.0546441273)]
    pub average: Option<Average>,
    /// Lowest price that held.
    #[schema(value_type = Option<f64>, example = 0.0519)]
    pub low: Option<Dollars>,
    /// Highest price that held.
    #[schema(value_type = Option<f64>, example = 0.0562)]
    pub high: Option<Dollars>,
    /// The lowest price that was not exceeded for half of the time.
    #[schema(value_type = Option<f64>, example = 0.0548)]
    pub p50: Option<Dollars>,
    /// The lowest price that was not exceeded for 95 % of the time.
    #[schema(value_type = Option<f64>, example = 0.056)]
    pub p95: Option<Dollars>,
    /// Changes of the price in 24 hours for which it is known.
    #[schema(value_type = Option<f64>, example = 0.84)]
    pub changes_per_day: Option<Rate>,
    /// Ratio of the known time for which the price was not above the budget; null without one.
    #[schema(value_type = Option<f64>, example = 0.75, minimum = 0, maximum = 1)]
    pub within_budget: Option<Ratio>,
    /// How much of it is known.
    pub coverage: ValueCoverage,
}

/// The cheapest pools, and what that rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cheapest {
    /// The dumps it rests on: of all days asked for and all accounts concerned.
    pub coverage: DumpCoverage,
    /// The cheapest first; after them those of which too little is known.
    pub pools: Vec<Ranked>,
}

/// The cheapest of all pools that match over an interval, unless they are too many.
pub fn cheapest_of(
    connection: &mut PgConnection,
    filter: &PoolFilter,
    interval: Interval,
    ranking: &Ranking,
) -> QueryResult<Result<Cheapest, TooMany>> {
    let pools = match matching(connection, filter, interval)? {
        Ok(pools) => pools,
        Err(too_many) => return Ok(Err(too_many)),
    };
    let markets = match coverage(connection, filter.account.as_deref(), filter.region.as_deref(), interval)? {
        Ok(markets) => markets,
        Err(too_many) => return Ok(Err(too_many)),
    };
    let pools = cheapest(connection, &pools, &markets, interval, ranking)?;
    Ok(Ok(Cheapest { coverage: DumpCoverage::of(&markets), pools }))
}

/// The cheapest of pools over an interval, first those that are ranked; `markets` has the days of the interval.
///
/// Averages come from the summaries. What needs records is looked up for the pools that are answered only.
pub fn cheapest(
    connection: &mut PgConnection,
    pools: &[Pool],
    markets: &[MarketDays],
    interval: Interval,
    ranking: &Ranking,
) -> QueryResult<Vec<Ranked>> {
    let mut order: Vec<(&Pool, Weight)> = pools.iter().zip(weights(connection, pools, interval)?).collect();
    order.sort_by_cached_key(|(pool, size_in_memory)| {
        let enough = Ratio::of(size_in_memory.covered, interval.micros()) >= ranking.fewest;
        let average = size_in_memory.average().filter(|_| enough);
        (average.is_none(), average, Reverse(size_in_memory.covered), pool.id)
    });
    let answered: Vec<Pool> = order.into_iter().take(ranking.limit).map(|(pool, _)| pool.clone()).collect();
    let sums = sums(connection, &answered, &[interval])?;
    let order: Vec<(Pool, Sum)> = answered.into_iter().zip(sums).collect();
    let (mut held, mut values) = (Vec::with_capacity(order.len()), Vec::with_capacity(order.len()));
    for (pool, sum) in &order {
        let records = records(connection, pool.id, interval)?;
        held.push(PriceDurations::of(&records, interval, |day| has_landed(markets, pool, day)));
        values.push((sum.share(interval), records.last().copied()));
    }
    let stamps = stamps(connection, &values)?;
    let mut ranked = Vec::with_capacity(order.len());
    for (((pool, sum), held), coverage) in order.into_iter().zip(held).zip(stamps) {
        let known = sum.known(interval, ranking.fewest);
        let known = known.as_ref();
        ranked.push(Ranked {
            rank: known.map(|_| ranked.len() + 1),
            pool,
            average: known.map(|known| known.average),
            low: known.map(|known| known.low),
            high: known.map(|known| known.high),
            p50: known.and_then(|_| held.quantile(50)),
            p95: known.and_then(|_| held.quantile(95)),
            changes_per_day: known.map(|_| per_day(sum.changes, sum.size_in_memory.covered)),
            within_budget: known.and(ranking.budget).and_then(|budget| held.within(budget)),
            coverage,
        });
    }
    Ok(ranked)
}

/// All records of a pool that say what held in an interval.
fn records(connection: &mut PgConnection, pool: i32, interval: Interval) -> QueryResult<Vec<Price>> {
    prices(connection, &[pool], interval.start() - MAX_PRICE_AGE, interval.end(), None, usize::MAX)
}

/// How many there are in 24 hours, rounded half up.
fn per_day(count: i64, micros: i64) -> Rate {
    let scaled = i128::from(count) * 10_000 * 86_400_000_000;
    let micros = i128::from(micros.max(1));
    Decimal(i64::try_from((scaled * 2 + micros) / (micros * 2)).unwrap_or(i64::MAX))
}
