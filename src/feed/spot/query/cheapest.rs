//! The cheapest pools over some days.

use std::cmp::Reverse;

use diesel::{PgConnection, QueryResult};
use serde::Serialize;
use utoipa::ToSchema;

use super::coverage::{MarketDays, coverage, has_landed};
use super::decimal::{Average, Decimal, Dollars, Rate, Ratio};
use super::pools::{Pool, PoolFilter, TooMany, matching};
use super::price_span::{MAX_PRICE_AGE, PriceDurations};
use super::prices::prices;
use super::summaries::{PeriodSum, sums};
use super::value_coverage::{DumpCoverage, ValueCoverage, value_coverages};
use super::weighted_sums::{WeightedSum, weighted_sums};
use crate::feed::interval::Interval;
use crate::feed::spot::store::StoredPrice;

/// How to rank pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranking {
    /// A price an hour: [`Ranked::within_budget`] is the ratio of the time for which a pool is not above it.
    pub budget: Option<Dollars>,
    /// Pools returned.
    pub limit: usize,
    /// The smallest coverage of the interval with which a pool is ranked.
    pub min_coverage: Ratio,
}

/// A pool with its rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ranked {
    /// From 1: the lowest average first, then the lowest pool id. Null, like all prices here, where the coverage
    /// is too small.
    #[schema(example = 1)]
    pub rank: Option<usize>,
    /// The pool.
    #[serde(flatten)]
    pub pool: Pool,
    /// Time-weighted average over the time for which the price is known, in US dollars an hour.
    #[schema(value_type = Option<f64>, example = 0.0546441273)]
    pub average: Option<Average>,
    /// Lowest price that was valid.
    #[schema(value_type = Option<f64>, example = 0.0519)]
    pub low: Option<Dollars>,
    /// Highest price that was valid.
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
    /// How complete it is.
    pub coverage: ValueCoverage,
}

/// The cheapest pools, and the dumps that the ranking is based on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Cheapest {
    /// The dumps of all queried days and matching accounts.
    pub coverage: DumpCoverage,
    /// The cheapest first; after them those whose coverage is too small.
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
/// Averages come from the summaries. What needs records is looked up for the returned pools only.
pub fn cheapest(
    connection: &mut PgConnection,
    pools: &[Pool],
    markets: &[MarketDays],
    interval: Interval,
    ranking: &Ranking,
) -> QueryResult<Vec<Ranked>> {
    let mut order: Vec<(&Pool, WeightedSum)> =
        pools.iter().zip(weighted_sums(connection, pools, interval)?).collect();
    order.sort_by_cached_key(|(pool, weighted)| {
        let enough = Ratio::of(weighted.covered, interval.micros()) >= ranking.min_coverage;
        let average = weighted.average().filter(|_| enough);
        (average.is_none(), average, Reverse(weighted.covered), pool.id)
    });
    let returned: Vec<Pool> = order.into_iter().take(ranking.limit).map(|(pool, _)| pool.clone()).collect();
    let sums = sums(connection, &returned, &[interval])?;
    let order: Vec<(Pool, PeriodSum)> = returned.into_iter().zip(sums).collect();
    let (mut durations, mut values) = (Vec::with_capacity(order.len()), Vec::with_capacity(order.len()));
    for (pool, sum) in &order {
        let records = records(connection, pool.id, interval)?;
        durations.push(PriceDurations::of(&records, interval, |day| has_landed(markets, pool, day)));
        values.push((sum.coverage(interval), records.last().copied()));
    }
    let coverages = value_coverages(connection, &values)?;
    let mut ranked = Vec::with_capacity(order.len());
    for (((pool, sum), durations), coverage) in order.into_iter().zip(durations).zip(coverages) {
        let prices = sum.prices(interval, ranking.min_coverage);
        let prices = prices.as_ref();
        ranked.push(Ranked {
            rank: prices.map(|_| ranked.len() + 1),
            pool,
            average: prices.map(|prices| prices.average),
            low: prices.map(|prices| prices.low),
            high: prices.map(|prices| prices.high),
            p50: prices.and_then(|_| durations.quantile(50)),
            p95: prices.and_then(|_| durations.quantile(95)),
            changes_per_day: prices.map(|_| per_day(sum.changes, sum.weighted.covered)),
            within_budget: prices.and(ranking.budget).and_then(|budget| durations.within(budget)),
            coverage,
        });
    }
    Ok(ranked)
}

/// All records of a pool whose prices may be valid in an interval.
fn records(connection: &mut PgConnection, pool: i32, interval: Interval) -> QueryResult<Vec<StoredPrice>> {
    prices(connection, &[pool], interval.start() - MAX_PRICE_AGE, interval.end(), None, usize::MAX)
}

/// `count` in `micros` as a rate in 24 hours, rounded half up.
fn per_day(count: i64, micros: i64) -> Rate {
    let scaled = i128::from(count) * 10_000 * 86_400_000_000;
    let micros = i128::from(micros.max(1));
    Decimal(i64::try_from((scaled * 2 + micros) / (micros * 2)).unwrap_or(i64::MAX))
}
