//! Numbers of pools in the database.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Integer, Text};

use crate::feed::Market;

use super::days::CHUNK;
use super::pool::{self, PoolKeys};

/// Pools kept in memory at most, before a batch adds its own.
const MOST: usize = 150_000;

/// The pools met so far, kept between batches: loading them anew for each dump made landing three times slower.
#[derive(Default)]
pub(super) struct PoolBook {
    markets: HashMap<Market, HashMap<Box<str>, u32, foldhash::fast::RandomState>>,
    /// Pools of all markets.
    pools: usize,
}

#[derive(QueryableByName)]
struct PoolRow {
    #[diesel(sql_type = Integer)]
    id: i32,
    #[diesel(sql_type = Text)]
    account_id: String,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Text)]
    availability_zone: String,
    #[diesel(sql_type = Text)]
    instance_type: String,
    #[diesel(sql_type = Text)]
    product_description: String,
}

impl PoolBook {
    /// Forgets everything once there is too much of it.
    pub(super) fn bound(&mut self) {
        if self.pools > MOST {
            *self = Self::default();
        }
    }

    /// Gets to know the pools of a batch's dumps, and stores those that are new: some statements for all of
    /// them, of however many markets they are.
    pub(super) fn learn(
        &mut self,
        connection: &mut PgConnection,
        wanted: &[(&Market, &PoolKeys)],
    ) -> QueryResult<()> {
        let missing = self.missing(wanted);
        if missing.is_empty() {
            return Ok(());
        }
        // Another importer may have stored some since this book was read.
        let markets: HashSet<&Market> = missing.iter().map(|(market, _)| *market).collect();
        self.add(load(connection, &markets)?);
        // Those that are missing come in the order of their names, as a dump lists them: neighbours
        // in name become neighbours in number, and so on disk.
        for missing in self.missing(wanted).chunks(CHUNK) {
            self.add(store(connection, missing)?);
        }
        Ok(())
    }

    /// The database's numbers of pools that the book has learnt.
    pub(super) fn numbers(&self, market: &Market, keys: &PoolKeys) -> QueryResult<Vec<u32>> {
        let known = self.markets.get(market);
        keys.iter()
            .map(|key| known.and_then(|known| known.get(key)).copied().ok_or(diesel::result::Error::NotFound))
            .collect()
    }

    /// The pools that the book does not have, each once.
    fn missing<'k>(&self, wanted: &[(&'k Market, &'k PoolKeys)]) -> Vec<(&'k Market, &'k str)> {
        let mut missing = Vec::new();
        let mut met: HashSet<_, foldhash::fast::RandomState> = HashSet::default();
        for (market, keys) in wanted {
            let known = self.markets.get(*market);
            for key in keys.iter().filter(|key| known.is_none_or(|known| !known.contains_key(*key))) {
                if met.insert((*market, key)) {
                    missing.push((*market, key));
                }
            }
        }
        missing
    }

    fn add(&mut self, rows: Vec<PoolRow>) {
        for row in rows {
            let key = pool::key(&row.availability_zone, &row.instance_type, &row.product_description);
            let market = Market { account_id: row.account_id, region: row.region };
            let new = self.markets.entry(market).or_default().insert(key.into(), row.id.cast_unsigned());
            self.pools += usize::from(new.is_none());
        }
    }
}

/// The pools of markets that are stored.
fn load(connection: &mut PgConnection, markets: &HashSet<&Market>) -> QueryResult<Vec<PoolRow>> {
    sql_query(
        // OFFSET keeps the planner to one look into the key for each market, whatever it thinks of the table.
        "SELECT pool.*
         FROM unnest($1, $2) AS market (account_id, region)
         CROSS JOIN LATERAL (
             SELECT id, account_id, region, availability_zone, instance_type, product_description
             FROM spot_pools AS p
             WHERE p.account_id = market.account_id AND p.region = market.region
             OFFSET 0
         ) AS pool",
    )
    .bind::<Array<Text>, _>(markets.iter().map(|market| market.account_id.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(markets.iter().map(|market| market.region.as_str()).collect::<Vec<_>>())
    .load(connection)
}

/// Stores pools, numbered in the given order.
fn store(connection: &mut PgConnection, pools: &[(&Market, &str)]) -> QueryResult<Vec<PoolRow>> {
    let parts: Vec<_> = pools.iter().map(|(_, key)| pool::parts(key)).collect();
    sql_query(
        "INSERT INTO spot_pools (account_id, region, availability_zone, instance_type, product_description)
         SELECT account_id, region, zone, instance_type, product
         FROM unnest($1, $2, $3, $4, $5)
             WITH ORDINALITY AS pool (account_id, region, zone, instance_type, product, place)
         ORDER BY place
         RETURNING id, account_id, region, availability_zone, instance_type, product_description",
    )
    .bind::<Array<Text>, _>(pools.iter().map(|(market, _)| market.account_id.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(pools.iter().map(|(market, _)| market.region.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(parts.iter().map(|part| part[0]).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(parts.iter().map(|part| part[1]).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(parts.iter().map(|part| part[2]).collect::<Vec<_>>())
    .load(connection)
}
