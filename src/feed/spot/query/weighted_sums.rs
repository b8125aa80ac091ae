//! Averages of very many pools at once, to rank them by.

use diesel::pg::PgRowByRowLoadingMode;
use diesel::sql_types::{Array, BigInt, Date, Integer, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::decimal::{Average, Decimal};
use super::pools::Pool;
use crate::feed::interval::Interval;
use crate::feed::spot::store::summaries::pool_block;

/// Averages of days, weighted by time.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::feed::spot) struct WeightedSum {
    /// Averages of days, in 10^-10 dollars, times their microseconds.
    sum: i128,
    /// Microseconds for which the price is known.
    pub(in crate::feed::spot) covered: i64,
}

impl WeightedSum {
    /// Adds the average of a day, in 10^-10 dollars, and the microseconds that it covers.
    pub(super) fn add(&mut self, average: i64, covered: i64) {
        self.sum += i128::from(average) * i128::from(covered);
        self.covered += covered;
    }

    /// The average over the covered time, rounded half up as the summaries are; nothing if no time is covered.
    pub(super) fn average(self) -> Option<Average> {
        let covered = i128::from(self.covered);
        i64::try_from((self.sum * 2 + covered).checked_div(covered * 2)?).ok().map(Decimal)
    }
}

/// Part of a row of `spot_summaries`.
#[derive(QueryableByName)]
struct SummaryRow {
    #[diesel(sql_type = Array<Integer>)]
    pool_ids: Vec<i32>,
    #[diesel(sql_type = Array<BigInt>)]
    covered: Vec<i64>,
    #[diesel(sql_type = Array<BigInt>)]
    averages: Vec<i64>,
}

/// The weighted sum of each pool over an interval; `pools` are sorted by id.
pub(super) fn weighted_sums(
    connection: &mut PgConnection,
    pools: &[Pool],
    interval: Interval,
) -> QueryResult<Vec<WeightedSum>> {
    let mut sums = vec![WeightedSum::default(); pools.len()];
    let ids: Vec<i32> = pools.iter().map(|pool| pool.id).collect();
    let mut blocks: Vec<i32> = ids.iter().copied().map(pool_block).collect();
    blocks.dedup();
    let mut markets: Vec<(&str, &str)> =
        pools.iter().map(|pool| (pool.account_id.as_str(), pool.region.as_str())).collect();
    markets.sort_unstable();
    markets.dedup();
    for (account_id, region) in markets {
        // Row by row: a market's days may be too many for memory.
        let rows = sql_query(
            "SELECT pool_ids, covered, averages
             FROM spot_summaries
             WHERE account_id = $1 AND region = $2 AND day BETWEEN $3 AND $4 AND piece = ANY ($5)",
        )
        .bind::<Text, _>(account_id)
        .bind::<Text, _>(region)
        .bind::<Date, _>(interval.first)
        .bind::<Date, _>(interval.last)
        .bind::<Array<Integer>, _>(&blocks)
        .load_iter::<SummaryRow, PgRowByRowLoadingMode>(connection)?;
        for row in rows {
            let SummaryRow { pool_ids, covered, averages } = row?;
            // Both lists ascend, so they are merged.
            let mut index = ids.partition_point(|id| pool_ids.first().is_some_and(|first| id < first));
            for ((pool, covered), average) in pool_ids.into_iter().zip(covered).zip(averages) {
                while ids.get(index).is_some_and(|id| *id < pool) {
                    index += 1;
                }
                if ids.get(index) == Some(&pool) {
                    sums[index].add(average, covered);
                }
            }
        }
    }
    Ok(sums)
}
