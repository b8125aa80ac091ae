//! What the database already says: rows, their dumps, days, pools.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Text, Timestamptz};

use crate::db::schema::{ledger, spot_days, spot_pools};
use crate::feed::Revision;

use super::Observation;
use super::day::{Day, instant};
use super::pool::PoolKey;

/// An account and region: no pool, and so no row, belongs to two of them.
pub(super) type Market = (String, String);

#[derive(QueryableByName)]
struct StoredRow {
    #[diesel(sql_type = Integer)]
    pool_id: i32,
    #[diesel(sql_type = Timestamptz)]
    observed_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    micros: i64,
    #[diesel(sql_type = Integer)]
    dump_id: i32,
}

impl From<StoredRow> for Observation {
    /// The origin of a stored row is its dump's number in the ledger.
    fn from(row: StoredRow) -> Self {
        Observation {
            pool: row.pool_id.cast_unsigned(),
            observed_at: row.observed_at.timestamp_micros(),
            origin: row.dump_id.cast_unsigned(),
            price: row.micros,
        }
    }
}

/// The rows stored under the given keys, in the order of their keys.
pub(super) fn rows(connection: &mut PgConnection, keys: &[(u32, i64)]) -> QueryResult<Vec<Observation>> {
    let mut rows = Vec::new();
    // Pieces bound the memory of the parameters.
    for keys in keys.chunks(20_000) {
        let pools: Vec<i32> = keys.iter().map(|(pool, _)| pool.cast_signed()).collect();
        let instants: Vec<_> = keys.iter().map(|(_, observed_at)| instant(*observed_at)).collect();
        let found: Vec<StoredRow> = sql_query(
            // OFFSET keeps the planner to one look into the key for each row asked for, whose cost does
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
        .bind::<Timestamptz, _>(instants.iter().min().copied().unwrap_or_default())
        .bind::<Timestamptz, _>(instants.iter().max().copied().unwrap_or_default())
        .load(connection)?;
        rows.extend(found.into_iter().map(Observation::from));
    }
    rows.sort_unstable();
    Ok(rows)
}

/// Takes away what a revision said of its own day; answers how many rows that were.
pub(super) fn withdraw(
    connection: &mut PgConnection,
    market: &Market,
    day: Day,
    dump_id: i32,
) -> QueryResult<i64> {
    let withdrawn = sql_query(
        "DELETE FROM spot_observations AS o USING spot_pools AS p
         WHERE p.account_id = $1 AND p.region = $2 AND o.pool_id = p.id
           AND o.observed_at >= $3 AND o.observed_at < $4 AND o.dump_id = $5",
    )
    .bind::<Text, _>(&market.0)
    .bind::<Text, _>(&market.1)
    .bind::<Timestamptz, _>(instant(day.start()))
    .bind::<Timestamptz, _>(instant(day.end()))
    .bind::<Integer, _>(dump_id)
    .execute(connection)?;
    Ok(withdrawn as i64)
}

/// Takes back what other dumps said of a day while its own dump's word stood.
pub(super) fn recall(
    connection: &mut PgConnection,
    market: &Market,
    day: Day,
) -> QueryResult<Vec<Observation>> {
    let recalled: Vec<StoredRow> = sql_query(
        "DELETE FROM spot_carried AS c USING spot_pools AS p
         WHERE p.account_id = $1 AND p.region = $2 AND c.pool_id = p.id
           AND c.observed_at >= $3 AND c.observed_at < $4
         RETURNING c.pool_id, c.observed_at, (c.price * 1000000)::bigint AS micros, c.dump_id",
    )
    .bind::<Text, _>(&market.0)
    .bind::<Text, _>(&market.1)
    .bind::<Timestamptz, _>(instant(day.start()))
    .bind::<Timestamptz, _>(instant(day.end()))
    .load(connection)?;
    Ok(recalled.into_iter().map(Observation::from).collect())
}

/// A dump that landed before.
pub(super) struct Dump {
    pub(super) id: i32,
    pub(super) market: Market,
    pub(super) day: Day,
    pub(super) revision: Revision,
}

/// The columns of the ledger that a [`Dump`] is made of.
type DumpRow = (i32, Option<String>, Option<String>, Option<NaiveDate>, DateTime<Utc>, Option<Vec<u8>>);

/// Dumps by their numbers in the ledger.
pub(super) fn dumps(connection: &mut PgConnection, ids: &[i32]) -> QueryResult<Vec<Dump>> {
    let found: Vec<DumpRow> = ledger::table
        .filter(ledger::id.eq_any(ids))
        .select((
            ledger::id,
            ledger::account_id,
            ledger::region,
            ledger::day,
            ledger::modified_at,
            ledger::sha256,
        ))
        .load(connection)?;
    Ok(found
        .into_iter()
        .map(|(id, account_id, region, day, modified_at, sha256)| Dump {
            id,
            market: (account_id.unwrap_or_default(), region.unwrap_or_default()),
            day: day.unwrap_or_default().into(),
            revision: Revision {
                modified_at: modified_at.timestamp_micros(),
                sha256: sha256.and_then(|sha256| sha256.try_into().ok()).unwrap_or_default(),
            },
        })
        .collect())
}

/// Gives rows to the dumps that now stand behind them; origins are ledger numbers.
pub(super) fn reassign(connection: &mut PgConnection, rows: &[Observation]) -> QueryResult<()> {
    for rows in rows.chunks(20_000) {
        let instants: Vec<_> = rows.iter().map(|row| instant(row.observed_at)).collect();
        sql_query(
            "UPDATE spot_observations AS o SET price = k.micros::numeric / 1000000, dump_id = k.dump_id
             FROM unnest($1, $2, $3, $4) AS k (pool_id, observed_at, micros, dump_id)
             WHERE o.pool_id = k.pool_id AND o.observed_at = k.observed_at
               AND o.observed_at BETWEEN $5 AND $6",
        )
        .bind::<Array<Integer>, _>(rows.iter().map(|row| row.pool.cast_signed()).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(&instants)
        .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.price).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(rows.iter().map(|row| row.origin.cast_signed()).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(instants.iter().min().copied().unwrap_or_default())
        .bind::<Timestamptz, _>(instants.iter().max().copied().unwrap_or_default())
        .execute(connection)?;
    }
    Ok(())
}

/// Makes the partitions of a month.
pub(super) fn ensure_month(connection: &mut PgConnection, month: NaiveDate) -> QueryResult<()> {
    sql_query("SELECT spot_ensure_month($1)")
        .bind::<diesel::sql_types::Date, _>(month)
        .execute(connection)
        .map(drop)
}

/// How many rows each day has: a day without any needs no looking before its rows are written.
#[derive(Default)]
pub(super) struct Days {
    stored: HashMap<(usize, Day), bool>,
    added: HashMap<(usize, Day), i64>,
}

impl Days {
    /// Asks the database for the days that are not known yet; a market is its place in the list.
    pub(super) fn learn(
        &mut self,
        connection: &mut PgConnection,
        markets: &[Market],
        days: &HashSet<(usize, Day)>,
    ) -> QueryResult<()> {
        for (number, (account_id, region)) in markets.iter().enumerate() {
            let unknown: Vec<NaiveDate> = days
                .iter()
                .filter(|day| day.0 == number && !self.stored.contains_key(day))
                .map(|(_, day)| day.date())
                .collect();
            if unknown.is_empty() {
                continue;
            }
            let stored: HashSet<NaiveDate> = spot_days::table
                .filter(spot_days::account_id.eq(account_id).and(spot_days::region.eq(region)))
                .filter(spot_days::day.eq_any(&unknown).and(spot_days::row_count.gt(0)))
                .select(spot_days::day)
                .load(connection)?
                .into_iter()
                .collect();
            self.stored.extend(unknown.into_iter().map(|day| ((number, day.into()), stored.contains(&day))));
        }
        Ok(())
    }

    /// Whether no row of the day was stored when it was asked for, or when the last piece was settled.
    pub(super) fn is_empty(&self, market: usize, day: Day) -> bool {
        self.stored.get(&(market, day)) == Some(&false)
    }

    /// Counts rows added to a day, or taken away.
    pub(super) fn add(&mut self, market: usize, day: Day, rows: i64) {
        *self.added.entry((market, day)).or_default() += rows;
    }

    /// From here on, days that rows were added to are no longer empty.
    pub(super) fn settle(&mut self) {
        for (day, rows) in &self.added {
            if *rows > 0 {
                self.stored.insert(*day, true);
            }
        }
    }

    /// Writes the counts.
    pub(super) fn store(self, connection: &mut PgConnection, markets: &[Market]) -> QueryResult<()> {
        let rows: Vec<_> = self
            .added
            .into_iter()
            .filter(|(_, rows)| *rows != 0)
            .map(|((market, day), rows)| {
                let (account_id, region) = &markets[market];
                (
                    spot_days::account_id.eq(account_id),
                    spot_days::region.eq(region),
                    spot_days::day.eq(day.date()),
                    spot_days::row_count.eq(rows),
                )
            })
            .collect();
        for rows in rows.chunks(5_000) {
            diesel::insert_into(spot_days::table)
                .values(rows)
                .on_conflict((spot_days::account_id, spot_days::region, spot_days::day))
                .do_update()
                .set(
                    spot_days::row_count
                        .eq(spot_days::row_count + diesel::upsert::excluded(spot_days::row_count)),
                )
                .execute(connection)?;
        }
        Ok(())
    }
}

/// Numbers of pools in the database, kept between batches: loading them anew for each dump made landing three times slower.
#[derive(Default)]
pub(super) struct PoolBook {
    markets: HashMap<Market, HashMap<PoolKey, u32, foldhash::fast::RandomState>>,
}

impl PoolBook {
    /// Pools kept in memory at most, before a batch adds its own.
    const MOST: usize = 150_000;

    /// Forgets everything once there is too much of it.
    pub(super) fn bound(&mut self) {
        if self.markets.values().map(HashMap::len).sum::<usize>() > Self::MOST {
            self.markets.clear();
        }
    }

    /// The database's numbers of pools, which are stored if they are new.
    pub(super) fn numbers(
        &mut self,
        connection: &mut PgConnection,
        market: &Market,
        keys: &[PoolKey],
    ) -> QueryResult<Vec<u32>> {
        if !self.markets.contains_key(market) {
            let known: Vec<PoolRow> = spot_pools::table
                .filter(spot_pools::account_id.eq(&market.0).and(spot_pools::region.eq(&market.1)))
                .select(POOL_ROW)
                .load(connection)?;
            self.markets.insert(market.clone(), known.into_iter().map(numbered).collect());
        }
        let book = self.markets.entry(market.clone()).or_default();
        let mut missing: Vec<&PoolKey> = keys.iter().filter(|key| !book.contains_key(*key)).collect();
        // Neighbours in name become neighbours in number, and so on disk.
        missing.sort_unstable();
        for missing in missing.chunks(10_000) {
            let rows: Vec<_> = missing
                .iter()
                .map(|key| {
                    let (zone, instance_type, product) = key.parts();
                    (
                        spot_pools::account_id.eq(&market.0),
                        spot_pools::region.eq(&market.1),
                        spot_pools::availability_zone.eq(zone),
                        spot_pools::instance_type.eq(instance_type),
                        spot_pools::product_description.eq(product),
                    )
                })
                .collect();
            let stored: Vec<PoolRow> = diesel::insert_into(spot_pools::table)
                .values(rows)
                .returning(POOL_ROW)
                .get_results(connection)?;
            book.extend(stored.into_iter().map(numbered));
        }
        keys.iter().map(|key| book.get(key).copied().ok_or(diesel::result::Error::NotFound)).collect()
    }
}

type PoolRow = (i32, String, String, String);
const POOL_ROW: (
    spot_pools::id,
    spot_pools::availability_zone,
    spot_pools::instance_type,
    spot_pools::product_description,
) = (
    spot_pools::id,
    spot_pools::availability_zone,
    spot_pools::instance_type,
    spot_pools::product_description,
);

fn numbered((id, zone, instance_type, product): PoolRow) -> (PoolKey, u32) {
    (PoolKey::new(&zone, &instance_type, &product), id.cast_unsigned())
}
