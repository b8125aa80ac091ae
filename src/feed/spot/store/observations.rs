//! The rows of prices: `spot_observations`.

use std::io;

use chrono::NaiveDate;
use diesel::pg::{CopyFormat, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Integer, Text, Timestamptz};
use diesel::{ExecuteCopyFromDsl, copy_from, sql_query};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::spot_observations;
use crate::feed::spot::day::{Day, instant};
use crate::feed::spot::market::Market;
use crate::feed::spot::observation::{Claim, DumpId, PoolId, Stored};
use crate::feed::spot::resolve::{Dumps, MarketDay};
use crate::feed::spot::summary::MAX_PRICE_AGE;

use super::{DayColumns, StoredPrice, bounds};

/// Keys in one statement: it bounds the memory of its parameters.
const CHUNK_ROWS: usize = 20_000;

impl From<StoredPrice> for Stored {
    fn from(row: StoredPrice) -> Self {
        Stored {
            pool: PoolId(row.pool_id),
            observed_at: row.observed_at.timestamp_micros(),
            origin: DumpId(row.dump_id),
            price: row.micros,
        }
    }
}

/// The rows stored under the given keys, which come in order, in that order.
pub(in crate::feed::spot) fn load(
    connection: &mut PgConnection,
    keys: &[(PoolId, i64)],
) -> QueryResult<Vec<Stored>> {
    let mut rows = Vec::new();
    for keys in keys.chunks(CHUNK_ROWS) {
        let pools: Vec<i32> = keys.iter().map(|(pool, _)| pool.0).collect();
        let instants =
            keys.iter().map(|(_, observed_at)| instant(*observed_at)).collect::<Result<Vec<_>, _>>()?;
        let Some((first, last)) = bounds(&instants) else { continue };
        let found = sql_query(
            // OFFSET keeps the planner to one index look-up for each requested row, whose cost does
            // not grow with the table; the bounds let it leave out the months that cannot matter.
            "SELECT o.pool_id, o.observed_at, (o.price * 1000000)::bigint AS micros, o.dump_id
             FROM unnest($1, $2) AS k (pool_id, observed_at)
             CROSS JOIN LATERAL (
                 SELECT * FROM spot_observations AS o
                 WHERE o.pool_id = k.pool_id AND o.observed_at = k.observed_at
                   AND o.observed_at BETWEEN $3 AND $4
                 OFFSET 0
             ) AS o",
        )
        .bind::<Array<Integer>, _>(&pools)
        .bind::<Array<Timestamptz>, _>(&instants)
        .bind::<Timestamptz, _>(first)
        .bind::<Timestamptz, _>(last)
        .load_iter::<StoredPrice, PgRowByRowLoadingMode>(connection)?;
        for row in found {
            rows.push(row?.into());
        }
    }
    rows.sort_unstable();
    Ok(rows)
}

/// Adds rows.
pub(in crate::feed::spot) fn copy(
    connection: &mut PgConnection,
    dumps: &Dumps,
    rows: &[Claim],
) -> QueryResult<()> {
    use spot_observations::{dump_id, observed_at, pool_id, price};
    if rows.is_empty() {
        return Ok(());
    }
    copy_from(spot_observations::table)
        .from_raw_data((observed_at, pool_id, dump_id, price), |sink| {
            write(sink, dumps, rows.iter().copied().map(Ok)).map_err(binary_copy::failed)
        })
        .with_format(CopyFormat::Binary)
        .execute(connection)
        .map(drop)
}

/// Writes rows in the binary format of COPY: instant, pool, dump, price.
pub(in crate::feed::spot) fn write(
    sink: &mut dyn io::Write,
    dumps: &Dumps,
    rows: impl Iterator<Item = io::Result<Claim>>,
) -> io::Result<()> {
    let mut copy = BinaryCopy::new(sink);
    for row in rows {
        let row = row?;
        copy.row(4)?;
        copy.timestamptz(row.observed_at);
        copy.integer(row.pool.0);
        copy.integer(dumps.id(row.origin).0);
        copy.micros(row.price);
    }
    copy.finish()
}

/// The latest price of each pool before each of some days, unless it is too old to be valid then; in no particular order.
pub(in crate::feed::spot) fn latest_before(
    connection: &mut PgConnection,
    dumps: &Dumps,
    days: &[MarketDay],
) -> QueryResult<Vec<Stored>> {
    let DayColumns { account_ids, regions, .. } = DayColumns::of(dumps, days)?;
    let until = days.iter().map(|(_, day)| instant(day.start())).collect::<Result<Vec<_>, _>>()?;
    let since =
        days.iter().map(|(_, day)| instant(day.start() - MAX_PRICE_AGE)).collect::<Result<Vec<_>, _>>()?;
    let (Some(first), Some(last)) = (since.iter().min(), until.iter().max()) else { return Ok(Vec::new()) };
    sql_query(
        // OFFSET and bounds as in `load`.
        "SELECT price.pool_id, price.observed_at, (price.price * 1000000)::bigint AS micros, price.dump_id
         FROM unnest($1, $2, $3, $4) AS span (account_id, region, since, until)
         CROSS JOIN LATERAL (
             SELECT id FROM spot_pools AS pool
             WHERE pool.account_id = span.account_id AND pool.region = span.region
             OFFSET 0
         ) AS pool
         CROSS JOIN LATERAL (
             SELECT * FROM spot_observations AS price
             WHERE price.pool_id = pool.id AND price.observed_at > span.since AND price.observed_at < span.until
               AND price.observed_at > $5 AND price.observed_at < $6
             ORDER BY price.observed_at DESC
             LIMIT 1
         ) AS price",
    )
    .bind::<Array<Text>, _>(account_ids)
    .bind::<Array<Text>, _>(regions)
    .bind::<Array<Timestamptz>, _>(&since)
    .bind::<Array<Timestamptz>, _>(&until)
    .bind::<Timestamptz, _>(first)
    .bind::<Timestamptz, _>(last)
    .load_iter::<StoredPrice, PgRowByRowLoadingMode>(connection)?
    .map(|row| row.map(Stored::from))
    .collect()
}

/// Updates stored rows to the price and the dump of the claims that win now.
pub(in crate::feed::spot) fn reassign(
    connection: &mut PgConnection,
    dumps: &Dumps,
    rows: &[Claim],
) -> QueryResult<()> {
    for rows in rows.chunks(CHUNK_ROWS) {
        let instants = rows.iter().map(|row| instant(row.observed_at)).collect::<Result<Vec<_>, _>>()?;
        let Some((first, last)) = bounds(&instants) else { continue };
        sql_query(
            "UPDATE spot_observations AS o SET price = k.micros::numeric / 1000000, dump_id = k.dump_id
             FROM unnest($1, $2, $3, $4) AS k (pool_id, observed_at, micros, dump_id)
             WHERE o.pool_id = k.pool_id AND o.observed_at = k.observed_at
               AND o.observed_at BETWEEN $5 AND $6",
        )
        .bind::<Array<Integer>, _>(rows.iter().map(|row| row.pool.0).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(&instants)
        .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.price).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(rows.iter().map(|row| dumps.id(row.origin).0).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(first)
        .bind::<Timestamptz, _>(last)
        .execute(connection)?;
    }
    Ok(())
}

/// Removes the rows of a dump's own day; returns how many there were.
pub(in crate::feed::spot) fn remove(
    connection: &mut PgConnection,
    market: &Market,
    day: Day,
    DumpId(dump_id): DumpId,
) -> QueryResult<i64> {
    let removed = sql_query(
        "DELETE FROM spot_observations AS o USING spot_pools AS p
         WHERE p.account_id = $1 AND p.region = $2 AND o.pool_id = p.id
           AND o.observed_at >= $3 AND o.observed_at < $4 AND o.dump_id = $5",
    )
    .bind::<Text, _>(&market.account_id)
    .bind::<Text, _>(&market.region)
    .bind::<Timestamptz, _>(instant(day.start())?)
    .bind::<Timestamptz, _>(instant(day.end())?)
    .bind::<Integer, _>(dump_id)
    .execute(connection)?;
    Ok(removed as i64)
}

/// Removes all rows of a dump's revisions; returns how many there were of which days, in order.
///
/// There is no index by dump, which would slow down every write: this scans the market's rows.
pub(in crate::feed::spot) fn remove_all(
    connection: &mut PgConnection,
    market: &Market,
    revisions: &[i32],
) -> QueryResult<Vec<(Day, i64)>> {
    #[derive(QueryableByName)]
    struct RemovedRows {
        #[diesel(sql_type = Date)]
        day: NaiveDate,
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    let removed: Vec<RemovedRows> = sql_query(
        "WITH removed AS (
             DELETE FROM spot_observations AS o USING spot_pools AS p
             WHERE p.account_id = $1 AND p.region = $2 AND o.pool_id = p.id AND o.dump_id = ANY($3)
             RETURNING (o.observed_at AT TIME ZONE 'UTC')::date AS day
         )
         SELECT day, count(*) AS rows FROM removed GROUP BY day ORDER BY day",
    )
    .bind::<Text, _>(&market.account_id)
    .bind::<Text, _>(&market.region)
    .bind::<Array<Integer>, _>(revisions)
    .load(connection)?;
    Ok(removed.into_iter().map(|RemovedRows { day, rows }| (day.into(), rows)).collect())
}

/// The days of which there are rows of these revisions, in order.
pub(in crate::feed::spot) fn days_of(
    connection: &mut PgConnection,
    market: &Market,
    revisions: &[i32],
) -> QueryResult<Vec<Day>> {
    #[derive(QueryableByName)]
    struct DayRow {
        #[diesel(sql_type = Date)]
        day: NaiveDate,
    }
    let found: Vec<DayRow> = sql_query(
        "SELECT DISTINCT (o.observed_at AT TIME ZONE 'UTC')::date AS day
         FROM spot_pools AS p JOIN spot_observations AS o ON o.pool_id = p.id
         WHERE p.account_id = $1 AND p.region = $2 AND o.dump_id = ANY ($3)
         ORDER BY day",
    )
    .bind::<Text, _>(&market.account_id)
    .bind::<Text, _>(&market.region)
    .bind::<Array<Integer>, _>(revisions)
    .load(connection)?;
    Ok(found.into_iter().map(|row| row.day.into()).collect())
}

/// How many prices are stored.
pub(in crate::feed::spot) fn count(connection: &mut PgConnection) -> QueryResult<i64> {
    spot_observations::table.count().get_result(connection)
}
