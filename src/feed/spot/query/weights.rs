//! Averages of very many pools at once, to rank them by.

use diesel::pg::PgRowByRowLoadingMode;
use diesel::sql_types::{Array, BigInt, Date, Integer, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::decimal::{Average, Decimal};
use super::interval::Interval;
use super::pools::Pool;
use crate::feed::spot::store::summaries::pool_block;

/// What a pool's price weighs over some days.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weight {
    /// Averages of days by the microseconds they are of.
    weighted: i128,
    /// Microseconds for which the price is known.
    pub(super) covered: i64,
}

impl Weight {
    /// Adds the average of a day, in 10^-10 dollars, and of how many microseconds it is.
    pub(super) fn add(&mut self, average: i64, covered: i64) {
        self.weighted += i128::from(average) * i128::from(covered);
        self.covered += covered;
    }

    /// The average over all that is known, rounded half up as the summaries are; nothing if nothing is known.
    pub(super) fn average(self) -> Option<Average> {
        let covered = i128::from(self.covered);
        i64::try_from((self.weighted * 2 + covered).checked_div(covered * 2)?).ok().map(Decimal)
    }
}

/// Part of a row of `spot_summaries`.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Array<Integer>)]
    pool_ids: Vec<i32>,
    #[diesel(sql_type = Array<BigInt>)]
    covered: Vec<i64>,
    #[diesel(sql_type = Array<BigInt>)]
    averages: Vec<i64>,
}

/// The size_in_memory of each pool over an interval; pools are in the order of their numbers.
pub(super) fn weights(
    connection: &mut PgConnection,
    pools: &[Pool],
    interval: Interval,
) -> QueryResult<Vec<Weight>> {
    let mut weights = vec![Weight::default(); pools.len()];
    let ids: Vec<i32> = pools.iter().map(|pool| pool.id).collect();
    let mut blocks: Vec<i32> = ids.iter().copied().map(pool_block).collect();
    blocks.dedup();
    let mut markets: Vec<(&str, &str)> =
        pools.iter().map(|pool| (pool.account_id.as_str(), pool.region.as_str())).collect();
    markets.sort_unstable();
    markets.dedup();
    for (account_id, region) in markets {
        // Row by row: a market's days may be more than should lie in memory.
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
        .load_iter::<Row, PgRowByRowLoadingMode>(connection)?;
        for row in rows {
            let Row { pool_ids, covered, averages } = row?;
            // Both lists ascend: they are walked side by side.
            let mut place = ids.partition_point(|id| pool_ids.first().is_some_and(|first| id < first));
            for ((pool, covered), average) in pool_ids.into_iter().zip(covered).zip(averages) {
                while ids.get(place).is_some_and(|id| *id < pool) {
                    place += 1;
                }
                if ids.get(place) == Some(&pool) {
                    weights[place].add(average, covered);
                }
            }
        }
    }
    Ok(weights)
}
