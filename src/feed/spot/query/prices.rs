//! Records of prices, as they are stored.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_types::{Array, BigInt, Integer, Timestamptz};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use super::price_span::MAX_PRICE_AGE;

/// The price of a pool from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Price {
    /// The pool's number.
    #[diesel(sql_type = Integer)]
    pub pool_id: i32,
    /// From when it holds.
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    /// Millionths of a US dollar an hour.
    #[diesel(sql_type = BigInt)]
    pub micros: i64,
    /// The dump revision whose word it is (`ledger.id`).
    #[diesel(sql_type = Integer)]
    pub dump_id: i32,
}

/// Records of `[from, to)`, by pool and instant, from the one after a pool and instant on.
///
/// Takes pools one after another, so that a page costs no more than its records.
pub fn prices(
    connection: &mut PgConnection,
    pool_ids: &[i32],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    after: Option<(i32, DateTime<Utc>)>,
    limit: usize,
) -> QueryResult<Vec<Price>> {
    let (pool, instant) = after.unwrap_or((0, from));
    sql_query(
        "SELECT pool.id AS pool_id, price.observed_at AS at, (price.price * 1000000)::bigint AS micros, price.dump_id
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

/// The last record of each pool at or before an instant, unless it no longer holds; by pool.
pub fn opening(
    connection: &mut PgConnection,
    pool_ids: &[i32],
    at: DateTime<Utc>,
) -> QueryResult<Vec<Price>> {
    let moment = TimeDelta::microseconds(1);
    let asked: Vec<Asked> =
        pool_ids.iter().map(|pool_id| (*pool_id, at - MAX_PRICE_AGE + moment, at + moment)).collect();
    let mut prices: Vec<Price> = latest(connection, &asked)?.into_iter().flatten().collect();
    prices.sort_unstable_by_key(|price| price.pool_id);
    Ok(prices)
}

/// A pool, and the range `[from, to)` to look in.
pub(super) type Asked = (i32, DateTime<Utc>, DateTime<Utc>);

/// The last record of a pool in each range.
pub(super) fn latest(connection: &mut PgConnection, asked: &[Asked]) -> QueryResult<Vec<Option<Price>>> {
    #[derive(QueryableByName)]
    struct Latest {
        #[diesel(sql_type = BigInt)]
        place: i64,
        #[diesel(embed)]
        price: Price,
    }
    let pool_ids: Vec<i32> = asked.iter().map(|(pool_id, ..)| *pool_id).collect();
    let (from, to): (Vec<_>, Vec<_>) = asked.iter().map(|(_, from, to)| (*from, *to)).unzip();
    let found: Vec<Latest> = sql_query(
        "SELECT asked.place, asked.pool_id, price.observed_at AS at,
                (price.price * 1000000)::bigint AS micros, price.dump_id
         FROM unnest($1, $2, $3) WITH ORDINALITY AS asked (pool_id, since, until, place)
         CROSS JOIN LATERAL (
             SELECT observed_at, price, dump_id FROM spot_observations
             WHERE pool_id = asked.pool_id AND observed_at >= asked.since AND observed_at < asked.until
             ORDER BY observed_at DESC
             LIMIT 1
         ) AS price",
    )
    .bind::<Array<Integer>, _>(pool_ids)
    .bind::<Array<Timestamptz>, _>(from)
    .bind::<Array<Timestamptz>, _>(to)
    .load(connection)?;
    let mut latest = vec![None; asked.len()];
    for Latest { place, price } in found {
        // Places are counted from 1.
        if let Some(slot) = usize::try_from(place - 1).ok().and_then(|place| latest.get_mut(place)) {
            *slot = Some(price);
        }
    }
    Ok(latest)
}
