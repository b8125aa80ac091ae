//! Summaries of prices over days, added up from the daily ones.

use chrono::NaiveDate;
use diesel::sql_types::{Array, BigInt, Date, Integer, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};
use serde::Serialize;
use utoipa::ToSchema;

use super::decimal::{Average, Decimal, Dollars, Ratio};
use super::pools::{Pool, PoolFilter, pools};
use super::price_span::MAX_PRICE_AGE;
use super::prices::latest;
use super::value_coverage::{ValueCoverage, value_coverages};
use super::weighted_sums::WeightedSum;
use crate::feed::interval::Interval;
use crate::feed::spot::store::summaries::pool_block;

/// The prices of a pool over some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Summary {
    /// The pool.
    #[serde(flatten)]
    pub pool: Pool,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Time-weighted average over the time for which the price is known, in US dollars an hour. Like all prices
    /// here, it is null where the coverage is too small.
    #[schema(value_type = Option<f64>, example = 0.0546441273)]
    pub average: Option<Average>,
    /// First known price.
    #[schema(value_type = Option<f64>, example = 0.0532)]
    pub open: Option<Dollars>,
    /// Last known price.
    #[schema(value_type = Option<f64>, example = 0.0551)]
    pub close: Option<Dollars>,
    /// Lowest price that was valid.
    #[schema(value_type = Option<f64>, example = 0.0519)]
    pub low: Option<Dollars>,
    /// Highest price that was valid.
    #[schema(value_type = Option<f64>, example = 0.0562)]
    pub high: Option<Dollars>,
    /// Records of these days.
    #[schema(example = 3)]
    pub records: i64,
    /// Those with another price than the one valid before.
    #[schema(example = 2)]
    pub changes: i64,
    /// How complete it is.
    pub coverage: ValueCoverage,
}

/// The sum of days of a pool.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::feed::spot) struct PeriodSum {
    pub(in crate::feed::spot) weighted: WeightedSum,
    pub(in crate::feed::spot) records: i64,
    pub(in crate::feed::spot) changes: i64,
    /// Open, close, low and high, in millionths; nothing if the price is never known.
    prices: Option<[i64; 4]>,
}

pub(in crate::feed::spot) struct PeriodPrices {
    pub(in crate::feed::spot) average: Average,
    pub(in crate::feed::spot) open: Dollars,
    pub(in crate::feed::spot) close: Dollars,
    pub(in crate::feed::spot) low: Dollars,
    pub(in crate::feed::spot) high: Dollars,
}

impl PeriodSum {
    /// Adds a day, which is after all that were added before.
    fn add(&mut self, day: &PoolDay) {
        self.weighted.add(day.average, day.covered);
        self.records += i64::from(day.records);
        self.changes += i64::from(day.changes);
        let [open, _, low, high] = self.prices.unwrap_or([day.open, day.close, day.low, day.high]);
        self.prices = Some([open, day.close, low.min(day.low), high.max(day.high)]);
    }

    /// The ratio of an interval for which the price is known.
    pub(super) fn coverage(&self, interval: Interval) -> Ratio {
        Ratio::of(self.weighted.covered, interval.micros())
    }

    /// The prices, if the coverage of the interval is large enough.
    pub(in crate::feed::spot) fn prices(
        &self,
        interval: Interval,
        min_coverage: Ratio,
    ) -> Option<PeriodPrices> {
        let [open, close, low, high] = self.prices.filter(|_| self.coverage(interval) >= min_coverage)?;
        let average = self.weighted.average()?;
        let [open, close, low, high] = [open, close, low, high].map(Decimal);
        Some(PeriodPrices { average, open, close, low, high })
    }
}

/// Each pool's periods, pool by pool, from the one after a pool and first day on. Periods are in the order of
/// time; prices are given where the coverage is at least `min_coverage`.
pub fn summaries(
    connection: &mut PgConnection,
    filter: &PoolFilter,
    periods: &[Interval],
    after: Option<(i32, NaiveDate)>,
    limit: usize,
    min_coverage: Ratio,
) -> QueryResult<Vec<Summary>> {
    let first = after.map(|(pool, _)| pool.saturating_sub(1));
    let pools = pools(connection, filter, first, limit.div_ceil(periods.len().max(1)) + 1)?;
    let sums = sums(connection, &pools, periods)?;
    let all = pools.iter().flat_map(|pool| periods.iter().map(move |period| (pool, *period)));
    let wanted = |pool: &Pool, period: Interval| after.is_none_or(|after| (pool.id, period.first) > after);
    let page: Vec<(&Pool, Interval, PeriodSum)> = all
        .zip(sums)
        .filter(|((pool, period), _)| wanted(pool, *period))
        .map(|((pool, period), sum)| (pool, period, sum))
        .take(limit)
        .collect();
    let ranges: Vec<_> = page
        .iter()
        .map(|(pool, period, _)| (pool.id, period.start() - MAX_PRICE_AGE, period.end()))
        .collect();
    let last = latest(connection, &ranges)?;
    let ratios = page.iter().map(|(_, period, sum)| sum.coverage(*period));
    let coverages = value_coverages(connection, &ratios.zip(last).collect::<Vec<_>>())?;
    let summary = |((pool, period, sum), coverage): ((&Pool, Interval, PeriodSum), ValueCoverage)| {
        let prices = sum.prices(period, min_coverage);
        let prices = prices.as_ref();
        Summary {
            pool: pool.clone(),
            from: period.first,
            to: period.last,
            average: prices.map(|prices| prices.average),
            open: prices.map(|prices| prices.open),
            close: prices.map(|prices| prices.close),
            low: prices.map(|prices| prices.low),
            high: prices.map(|prices| prices.high),
            records: sum.records,
            changes: sum.changes,
            coverage,
        }
    };
    Ok(page.into_iter().zip(coverages).map(summary).collect())
}

/// The sums of each pool's periods, pool by pool; periods are in the order of time.
pub(in crate::feed::spot) fn sums(
    connection: &mut PgConnection,
    pools: &[Pool],
    periods: &[Interval],
) -> QueryResult<Vec<PeriodSum>> {
    let mut sums = vec![PeriodSum::default(); pools.len() * periods.len()];
    let (Some(first), Some(last)) = (periods.first(), periods.last()) else {
        return Ok(sums);
    };
    let column = |name: fn(&Pool) -> &str| pools.iter().map(name).collect::<Vec<_>>();
    let days: Vec<PoolDay> = sql_query(
        "SELECT ordinal, day, records[at], changes[at], covered[at], opens[at] AS open, closes[at] AS close,
                lows[at] AS low, highs[at] AS high, averages[at] AS average
         FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS pool (id, block, account_id, region, ordinal)
         CROSS JOIN LATERAL (
             SELECT * FROM spot_summaries AS s
             WHERE s.piece = pool.block AND s.account_id = pool.account_id AND s.region = pool.region
               AND s.day BETWEEN $5 AND $6
             OFFSET 0
         ) AS summary
         CROSS JOIN LATERAL array_position(pool_ids, pool.id) AS at
         WHERE at IS NOT NULL
         ORDER BY ordinal, day",
    )
    .bind::<Array<Integer>, _>(pools.iter().map(|pool| pool.id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(pools.iter().map(|pool| pool_block(pool.id)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(column(|pool| &pool.account_id))
    .bind::<Array<Text>, _>(column(|pool| &pool.region))
    .bind::<Date, _>(first.first)
    .bind::<Date, _>(last.last)
    .load(connection)?;
    for day in days {
        let period = periods.partition_point(|period| period.last < day.day);
        if periods.get(period).is_some_and(|period| period.contains(day.day)) {
            // Ordinals are counted from 1.
            sums[(day.ordinal as usize - 1) * periods.len() + period].add(&day);
        }
    }
    Ok(sums)
}

/// The stored summary of a pool's day.
#[derive(QueryableByName)]
struct PoolDay {
    #[diesel(sql_type = BigInt)]
    ordinal: i64,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Integer)]
    records: i32,
    #[diesel(sql_type = Integer)]
    changes: i32,
    #[diesel(sql_type = BigInt)]
    covered: i64,
    #[diesel(sql_type = BigInt)]
    open: i64,
    #[diesel(sql_type = BigInt)]
    close: i64,
    #[diesel(sql_type = BigInt)]
    low: i64,
    #[diesel(sql_type = BigInt)]
    high: i64,
    #[diesel(sql_type = BigInt)]
    average: i64,
}
