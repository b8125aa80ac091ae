//! What prices came to over days, added up from the summaries that landing keeps.

use chrono::NaiveDate;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::sql_types::{Array, BigInt, Date, Integer, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};
use serde::Serialize;
use utoipa::ToSchema;

use super::decimal::{Average, Decimal, Dollars, Share};
use super::held::HOLD;
use super::interval::Interval;
use super::pools::{Pool, PoolFilter, pools};
use super::prices::latest;
use super::stamp::{Stamp, stamps};

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
    /// here, it is null where too little is known.
    #[schema(value_type = Option<f64>, example = 0.0546441273)]
    pub average: Option<Average>,
    /// First known price.
    #[schema(value_type = Option<f64>, example = 0.0532)]
    pub open: Option<Dollars>,
    /// Last known price.
    #[schema(value_type = Option<f64>, example = 0.0551)]
    pub close: Option<Dollars>,
    /// Lowest price that held.
    #[schema(value_type = Option<f64>, example = 0.0519)]
    pub low: Option<Dollars>,
    /// Highest price that held.
    #[schema(value_type = Option<f64>, example = 0.0562)]
    pub high: Option<Dollars>,
    /// Records of these days.
    #[schema(example = 3)]
    pub records: i64,
    /// Those with another price than the one that held before.
    #[schema(example = 2)]
    pub changes: i64,
    /// How much of it is known.
    pub coverage: Stamp,
}

/// What days of a pool add up to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    /// Averages by the microseconds they are of.
    weighted: i128,
    /// Microseconds for which the price is known.
    pub(super) covered: i64,
    pub(super) records: i64,
    pub(super) changes: i64,
    /// Open, close, low and high, in millionths; nothing where the price is never known.
    prices: Option<[i64; 4]>,
}

/// The prices of a sum.
pub(super) struct Known {
    pub(super) average: Average,
    pub(super) open: Dollars,
    pub(super) close: Dollars,
    pub(super) low: Dollars,
    pub(super) high: Dollars,
}

impl Sum {
    /// Adds a day, which is after all that were added before.
    fn add(&mut self, row: &Row, at: usize) {
        let covered = row.covered[at];
        self.weighted += i128::from(row.averages[at]) * i128::from(covered);
        self.covered += covered;
        self.records += i64::from(row.records[at]);
        self.changes += i64::from(row.changes[at]);
        let [open, _, low, high] =
            self.prices.unwrap_or([row.opens[at], row.closes[at], row.lows[at], row.highs[at]]);
        self.prices = Some([open, row.closes[at], low.min(row.lows[at]), high.max(row.highs[at])]);
    }

    /// The share of an interval that is known.
    pub(super) fn share(&self, interval: Interval) -> Share {
        Share::of(self.covered, interval.micros())
    }

    /// Prices, if enough of the interval is known, and any.
    pub(super) fn known(&self, interval: Interval, fewest: Share) -> Option<Known> {
        let [open, close, low, high] = self.prices.filter(|_| self.share(interval) >= fewest)?;
        let covered = i128::from(self.covered);
        // Rounded half up, as the summaries are.
        let average = i64::try_from((self.weighted * 2 + covered) / (covered * 2)).ok()?;
        let [open, close, low, high] = [open, close, low, high].map(Decimal);
        Some(Known { average: Decimal(average), open, close, low, high })
    }
}

/// Each pool's periods, pool by pool, from the one after a pool and first day on. Periods are in the order of
/// time; prices are given where at least `fewest` of the period is known.
pub fn summaries(
    connection: &mut PgConnection,
    filter: &PoolFilter,
    periods: &[Interval],
    after: Option<(i32, NaiveDate)>,
    limit: usize,
    fewest: Share,
) -> QueryResult<Vec<Summary>> {
    let first = after.map(|(pool, _)| pool.saturating_sub(1));
    let pools = pools(connection, filter, first, limit.div_ceil(periods.len().max(1)) + 1)?;
    let sums = sums(connection, &pools, periods)?;
    let all = pools.iter().flat_map(|pool| periods.iter().map(move |period| (pool, *period)));
    let wanted = |pool: &Pool, period: Interval| after.is_none_or(|after| (pool.id, period.first) > after);
    let page: Vec<(&Pool, Interval, Sum)> = all
        .zip(sums)
        .filter(|((pool, period), _)| wanted(pool, *period))
        .map(|((pool, period), sum)| (pool, period, sum))
        .take(limit)
        .collect();
    let asked: Vec<_> =
        page.iter().map(|(pool, period, _)| (pool.id, period.start() - HOLD, period.end())).collect();
    let last = latest(connection, &asked)?;
    let shares = page.iter().map(|(_, period, sum)| sum.share(*period));
    let stamps = stamps(connection, &shares.zip(last).collect::<Vec<_>>())?;
    let summary = |((pool, period, sum), coverage): ((&Pool, Interval, Sum), Stamp)| {
        let known = sum.known(period, fewest);
        let known = known.as_ref();
        Summary {
            pool: pool.clone(),
            from: period.first,
            to: period.last,
            average: known.map(|known| known.average),
            open: known.map(|known| known.open),
            close: known.map(|known| known.close),
            low: known.map(|known| known.low),
            high: known.map(|known| known.high),
            records: sum.records,
            changes: sum.changes,
            coverage,
        }
    };
    Ok(page.into_iter().zip(stamps).map(summary).collect())
}

/// What each pool's periods add up to, pool by pool. Pools are in the order of their numbers, periods of time.
pub(super) fn sums(
    connection: &mut PgConnection,
    pools: &[Pool],
    periods: &[Interval],
) -> QueryResult<Vec<Sum>> {
    let mut sums = vec![Sum::default(); pools.len() * periods.len()];
    let (Some(first), Some(last)) = (periods.first(), periods.last()) else {
        return Ok(sums);
    };
    let mut markets: Vec<(&str, &str)> =
        pools.iter().map(|pool| (pool.account_id.as_str(), pool.region.as_str())).collect();
    markets.sort_unstable();
    markets.dedup();
    let ids: Vec<i32> = pools.iter().map(|pool| pool.id).collect();
    for (account_id, region) in markets {
        // Row by row: a market's days may be more than should lie in memory.
        let rows = sql_query(
            "SELECT day, pool_ids, records, changes, covered, opens, closes, lows, highs, averages
             FROM spot_summaries
             WHERE account_id = $1 AND region = $2 AND day BETWEEN $3 AND $4
               -- Whether any of the pools lies between, found by halving.
               AND width_bucket(last_pool, $5) > width_bucket(first_pool - 1, $5)
             ORDER BY day",
        )
        .bind::<Text, _>(account_id)
        .bind::<Text, _>(region)
        .bind::<Date, _>(first.first)
        .bind::<Date, _>(last.last)
        .bind::<Array<Integer>, _>(&ids)
        .load_iter::<Row, PgRowByRowLoadingMode>(connection)?;
        for row in rows {
            let row = row?;
            let period = periods.partition_point(|period| period.last < row.day);
            if !periods.get(period).is_some_and(|period| period.contains(row.day)) {
                continue;
            }
            for (at, id) in row.pool_ids.iter().enumerate() {
                if let Ok(pool) = ids.binary_search(id) {
                    sums[pool * periods.len() + period].add(&row, at);
                }
            }
        }
    }
    Ok(sums)
}

/// A row of `spot_summaries`.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Array<Integer>)]
    pool_ids: Vec<i32>,
    #[diesel(sql_type = Array<Integer>)]
    records: Vec<i32>,
    #[diesel(sql_type = Array<Integer>)]
    changes: Vec<i32>,
    #[diesel(sql_type = Array<BigInt>)]
    covered: Vec<i64>,
    #[diesel(sql_type = Array<BigInt>)]
    opens: Vec<i64>,
    #[diesel(sql_type = Array<BigInt>)]
    closes: Vec<i64>,
    #[diesel(sql_type = Array<BigInt>)]
    lows: Vec<i64>,
    #[diesel(sql_type = Array<BigInt>)]
    highs: Vec<i64>,
    #[diesel(sql_type = Array<BigInt>)]
    averages: Vec<i64>,
}
