//! Records of prices, as they are stored.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::{Array, BigInt, Integer, Timestamptz};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::price_span::MAX_PRICE_AGE;
use crate::feed::spot::store::StoredPrice;

/// Records of `[from, to)`, by pool and instant, after a pool and instant.
///
/// Reads one pool after another, so that a page costs no more than its records.
pub fn prices(
    connection: &mut PgConnection,
    pool_ids: &[i32],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    after: Option<(i32, DateTime<Utc>)>,
    limit: usize,
) -> QueryResult<Vec<StoredPrice>> {
    let (pool, instant) = after.unwrap_or((0, from));
    sql_query(
        "SELECT pool.id AS pool_id, price.observed_at, (price.price * 1000000)::bigint AS micros, price.dump_id
         FROM (SELECT id FROM unnest($1) AS id WHERE id >= $4 ORDER BY id) AS pool
         CROSS JOIN LATERAL (
             SELECT observed_at, price, dump_id FROM spot_observations
             WHERE pool_id = pool.id AND observed_at >= $2 AND observed_at < $3
               AND observed_at > CASE WHEN pool.id = $4 THEN $5 ELSE '-infinity' END
         ) AS price
         ORDER BY pool.id, price.observed_at
         LIMIT $6",
    )
    .bind::<Array<Integer>, _>(pool_ids)
    .bind::<Timestamptz, _>(from)
    .bind::<Timestamptz, _>(to)
    .bind::<Integer, _>(pool)
    .bind::<Timestamptz, _>(instant)
    .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
    .load(connection)
}

/// The last record of each pool at or before an instant, unless it is no longer valid; by pool.
pub fn opening(
    connection: &mut PgConnection,
    pool_ids: &[i32],
    at: DateTime<Utc>,
) -> QueryResult<Vec<StoredPrice>> {
    let moment = TimeDelta::microseconds(1);
    let ranges: Vec<PoolRange> =
        pool_ids.iter().map(|pool_id| (*pool_id, at - MAX_PRICE_AGE + moment, at + moment)).collect();
    let mut prices: Vec<StoredPrice> = latest(connection, &ranges)?.into_iter().flatten().collect();
    prices.sort_unstable_by_key(|price| price.pool_id);
    Ok(prices)
}

/// A pool, and the range `[from, to)` to look in.
pub(super) type PoolRange = (i32, DateTime<Utc>, DateTime<Utc>);

/// The last record of a pool in each range.
pub(super) fn latest(
    connection: &mut PgConnection,
    ranges: &[PoolRange],
) -> QueryResult<Vec<Option<StoredPrice>>> {
    #[derive(QueryableByName)]
    struct LatestPrice {
        #[diesel(sql_type = BigInt)]
        ordinal: i64,
        #[diesel(embed)]
        price: StoredPrice,
    }
    let pool_ids: Vec<i32> = ranges.iter().map(|(pool_id, ..)| *pool_id).collect();
    let (from, to): (Vec<_>, Vec<_>) = ranges.iter().map(|(_, from, to)| (*from, *to)).unzip();
    let found: Vec<LatestPrice> = sql_query(
        "SELECT wanted.ordinal, wanted.pool_id, price.observed_at,
                (price.price * 1000000)::bigint AS micros, price.dump_id
         FROM unnest($1, $2, $3) WITH ORDINALITY AS wanted (pool_id, since, until, ordinal)
         CROSS JOIN LATERAL (
             SELECT observed_at, price, dump_id FROM spot_observations
             WHERE pool_id = wanted.pool_id AND observed_at >= wanted.since AND observed_at < wanted.until
             ORDER BY observed_at DESC
             LIMIT 1
         ) AS price",
    )
    .bind::<Array<Integer>, _>(pool_ids)
    .bind::<Array<Timestamptz>, _>(from)
    .bind::<Array<Timestamptz>, _>(to)
    .load(connection)?;
    let mut latest = vec![None; ranges.len()];
    for LatestPrice { ordinal, price } in found {
        // Ordinals are counted from 1.
        if let Some(slot) = usize::try_from(ordinal - 1).ok().and_then(|index| latest.get_mut(index)) {
            *slot = Some(price);
        }
    }
    Ok(latest)
}
