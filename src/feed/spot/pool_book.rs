//! Numbers of pools in the database.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Text};

use crate::db::schema::spot_pools;
use crate::feed::Market;

use super::pool::{self, PoolKeys};

/// Pools kept in memory at most, before a batch adds its own.
const MOST: usize = 150_000;

/// The pools met so far, kept between batches: loading them anew for each dump made landing three times slower.
#[derive(Default)]
pub(super) struct PoolBook {
    markets: HashMap<Market, HashMap<Box<str>, u32, foldhash::fast::RandomState>>,
}

#[derive(Queryable, QueryableByName)]
#[diesel(table_name = spot_pools)]
struct PoolRow {
    id: i32,
    availability_zone: String,
    instance_type: String,
    product_description: String,
}

impl PoolBook {
    /// Forgets everything once there is too much of it.
    pub(super) fn bound(&mut self) {
        if self.markets.values().map(HashMap::len).sum::<usize>() > MOST {
            self.markets.clear();
        }
    }

    /// The database's numbers of pools, which are stored if they are new.
    pub(super) fn numbers(
        &mut self,
        connection: &mut PgConnection,
        market: &Market,
        keys: &PoolKeys,
    ) -> QueryResult<Vec<u32>> {
        let book = self.markets.entry(market.clone()).or_default();
        if keys.iter().any(|key| !book.contains_key(key)) {
            // Another importer may have stored some since this book was read.
            book.extend(load(connection, market)?.into_iter().map(PoolRow::numbered));
        }
        // Those that are missing come in the order of their names, as a dump lists them: neighbours
        // in name become neighbours in number, and so on disk.
        let missing: Vec<&str> = keys.iter().filter(|key| !book.contains_key(*key)).collect();
        if !missing.is_empty() {
            let stored = store(connection, market, &missing)?;
            book.extend(stored.into_iter().map(PoolRow::numbered));
        }
        keys.iter().map(|key| book.get(key).copied().ok_or(diesel::result::Error::NotFound)).collect()
    }
}

impl PoolRow {
    fn numbered(self) -> (Box<str>, u32) {
        let key = pool::key(&self.availability_zone, &self.instance_type, &self.product_description);
        (key.into(), self.id.cast_unsigned())
    }
}

/// The pools of a market that are stored.
fn load(connection: &mut PgConnection, market: &Market) -> QueryResult<Vec<PoolRow>> {
    spot_pools::table
        .filter(spot_pools::account_id.eq(&market.account_id).and(spot_pools::region.eq(&market.region)))
        .select((
            spot_pools::id,
            spot_pools::availability_zone,
            spot_pools::instance_type,
            spot_pools::product_description,
        ))
        .load(connection)
}

/// Stores pools, numbered in the given order.
fn store(connection: &mut PgConnection, market: &Market, keys: &[&str]) -> QueryResult<Vec<PoolRow>> {
    let parts: Vec<_> = keys.iter().map(|key| pool::parts(key)).collect();
    sql_query(
        "INSERT INTO spot_pools (account_id, region, availability_zone, instance_type, product_description)
         SELECT $1, $2, zone, instance_type, product
         FROM unnest($3, $4, $5) WITH ORDINALITY AS pool (zone, instance_type, product, place)
         ORDER BY place
         RETURNING id, availability_zone, instance_type, product_description",
    )
    .bind::<Text, _>(&market.account_id)
    .bind::<Text, _>(&market.region)
    .bind::<Array<Text>, _>(parts.iter().map(|part| part[0]).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(parts.iter().map(|part| part[1]).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(parts.iter().map(|part| part[2]).collect::<Vec<_>>())
    .load(connection)
}
