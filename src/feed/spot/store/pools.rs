//! Numbers of pools: `spot_pools`.

use std::collections::{BTreeMap, HashMap};
use std::io;

use diesel::pg::{CopyFormat, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Text};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::spot_pools;
use crate::feed::spot::market::Market;
use crate::feed::spot::observation::PoolId;
use crate::feed::spot::pool::{self, PoolKeys};
use crate::feed::spot::store::MarketRow;
use crate::feed::spot::store::summaries::POOLS_IN_BLOCK;

type PoolIds = HashMap<Box<str>, PoolId, foldhash::fast::RandomState>;

/// The pools met so far, kept between batches: loading them for each dump made imports three times slower.
#[derive(Default)]
pub(in crate::feed::spot) struct PoolIdCache {
    markets: HashMap<Market, PoolIds>,
}

#[derive(Queryable, QueryableByName)]
#[diesel(table_name = spot_pools)]
struct PoolRow {
    id: i32,
    account_id: String,
    region: String,
    availability_zone: String,
    instance_type: String,
    product_description: String,
}

impl PoolIdCache {
    /// Forgets the pools of all other markets: dumps come market by market.
    pub(in crate::feed::spot) fn retain(&mut self, markets: &[&Market]) {
        self.markets.retain(|market, _| markets.contains(&market));
    }

    /// Learns the numbers of the pools of some dumps, and stores those that are new.
    pub(in crate::feed::spot) fn learn(
        &mut self,
        connection: &mut PgConnection,
        dumps: &[(&Market, &PoolKeys)],
    ) -> QueryResult<()> {
        // Another importer may have stored some since this cache was filled.
        let unknown = self.missing(dumps);
        if !unknown.is_empty() {
            self.load(connection, unknown.keys().copied())?;
        }
        let new = self.missing(dumps);
        if !new.is_empty() {
            for (market, key, id) in store(connection, &new)? {
                self.insert(market.clone(), key.into(), id);
            }
        }
        Ok(())
    }

    /// The numbers of a dump's pools, in the order of its list.
    ///
    /// # Errors
    ///
    /// One of them was not learnt.
    pub(in crate::feed::spot) fn ids(&self, market: &Market, keys: &PoolKeys) -> QueryResult<Vec<PoolId>> {
        let known = self.markets.get(market);
        let id = |key| known?.get(key).copied();
        keys.iter().map(|key| id(key).ok_or(diesel::result::Error::NotFound)).collect()
    }

    /// Pools that are not known, by market. Those of a market are in the order of their names: neighbours in name
    /// become neighbours in number, and so on disk.
    fn missing<'d>(&self, dumps: &[(&'d Market, &'d PoolKeys)]) -> BTreeMap<&'d Market, Vec<&'d str>> {
        let mut missing: BTreeMap<&Market, Vec<&str>> = BTreeMap::new();
        for &(market, keys) in dumps {
            let known = self.markets.get(market);
            let unknown = keys.iter().filter(|key| known.is_none_or(|known| !known.contains_key(*key)));
            let mut unknown = unknown.peekable();
            if unknown.peek().is_some() {
                missing.entry(market).or_default().extend(unknown);
            }
        }
        for keys in missing.values_mut() {
            keys.sort_unstable();
            keys.dedup();
        }
        missing
    }

    /// Adds the stored pools of some markets.
    fn load<'m>(
        &mut self,
        connection: &mut PgConnection,
        markets: impl Iterator<Item = &'m Market>,
    ) -> QueryResult<()> {
        let (account_ids, regions) = columns(markets);
        let rows = sql_query(
            "SELECT pool.*
             FROM unnest($1, $2) AS market (account_id, region)
             CROSS JOIN LATERAL (
                 SELECT * FROM spot_pools AS pool
                 WHERE pool.account_id = market.account_id AND pool.region = market.region
                 OFFSET 0
             ) AS pool",
        )
        .bind::<Array<Text>, _>(account_ids)
        .bind::<Array<Text>, _>(regions)
        .load_iter::<PoolRow, PgRowByRowLoadingMode>(connection)?;
        for row in rows {
            let row = row?;
            let key = pool::key(&row.availability_zone, &row.instance_type, &row.product_description);
            let market = Market { account_id: row.account_id, region: row.region };
            self.insert(market, key.into(), PoolId(row.id));
        }
        Ok(())
    }

    fn insert(&mut self, market: Market, key: Box<str>, id: PoolId) {
        self.markets.entry(market).or_default().insert(key, id);
    }
}

/// Markets as the array parameters of a statement.
fn columns<'m>(markets: impl Iterator<Item = &'m Market>) -> (Vec<&'m str>, Vec<&'m str>) {
    markets.map(|market| (market.account_id.as_str(), market.region.as_str())).unzip()
}

/// Stores pools. Those of a market get numbers of its own blocks, in the given order.
fn store<'p>(
    connection: &mut PgConnection,
    pools: &BTreeMap<&'p Market, Vec<&'p str>>,
) -> QueryResult<Vec<(&'p Market, &'p str, PoolId)>> {
    use spot_pools as table;
    let mut free = free_numbers(connection, pools.keys().copied())?;
    let numbered: Vec<_> = pools
        .iter()
        .map(|(market, keys)| {
            let free = free.remove(*market).unwrap_or_default();
            let missing = keys.len().saturating_sub(free.len()).div_ceil(POOLS_IN_BLOCK as usize);
            (*market, keys, free, missing)
        })
        .collect();
    let missing = numbered.iter().map(|(.., missing)| missing).sum();
    let mut blocks = new_blocks(connection, missing)?.into_iter();
    let mut stored = Vec::new();
    for (market, keys, free, missing) in numbered {
        let blocks = blocks.by_ref().take(missing);
        let numbers = free.into_iter().chain(blocks.flat_map(|first| first..first + POOLS_IN_BLOCK));
        stored.extend(keys.iter().zip(numbers).map(|(key, id)| (market, *key, PoolId(id))));
    }
    let send = |sink: &mut dyn io::Write| -> io::Result<()> {
        let mut copy = BinaryCopy::new(sink);
        for (market, key, PoolId(id)) in &stored {
            copy.row(6)?;
            copy.integer(*id);
            copy.text(&market.account_id);
            copy.text(&market.region);
            pool::parts(key).into_iter().for_each(|part| copy.text(part));
        }
        copy.finish()
    };
    diesel::copy_from(spot_pools::table)
        .from_raw_data(
            (
                table::id,
                table::account_id,
                table::region,
                table::availability_zone,
                table::instance_type,
                table::product_description,
            ),
            |sink| send(sink).map_err(binary_copy::failed),
        )
        .with_format(CopyFormat::Binary)
        .execute(connection)?;
    Ok(stored)
}

/// The numbers that are left in the block of each market's last pool, ascending.
///
/// Before blocks were of one market, pools of others may have got some of them.
fn free_numbers<'m>(
    connection: &mut PgConnection,
    markets: impl Iterator<Item = &'m Market>,
) -> QueryResult<HashMap<Market, Vec<i32>>> {
    #[derive(QueryableByName)]
    struct FreeNumber {
        #[diesel(embed)]
        market: MarketRow,
        #[diesel(sql_type = Integer)]
        id: i32,
    }
    let (account_ids, regions) = columns(markets);
    let numbers: Vec<FreeNumber> = sql_query(
        "SELECT market.account_id, market.region, free.id
         FROM unnest($1, $2) AS market (account_id, region)
         CROSS JOIN LATERAL (
             SELECT max(id) AS id FROM spot_pools AS pool
             WHERE pool.account_id = market.account_id AND pool.region = market.region
         ) AS last
         CROSS JOIN LATERAL generate_series(last.id + 1, last.id - last.id % $3 + $3 - 1) AS free (id)
         WHERE NOT EXISTS (SELECT FROM spot_pools AS pool WHERE pool.id = free.id)
         ORDER BY free.id",
    )
    .bind::<Array<Text>, _>(account_ids)
    .bind::<Array<Text>, _>(regions)
    .bind::<Integer, _>(POOLS_IN_BLOCK)
    .load(connection)?;
    let mut free: HashMap<Market, Vec<i32>> = HashMap::new();
    for FreeNumber { market, id } in numbers {
        free.entry(market.into()).or_default().push(id);
    }
    Ok(free)
}

/// The first numbers of so many new blocks.
fn new_blocks(connection: &mut PgConnection, count: usize) -> QueryResult<Vec<i32>> {
    #[derive(QueryableByName)]
    struct NewBlock {
        #[diesel(sql_type = Integer)]
        first: i32,
    }
    let blocks: Vec<NewBlock> = sql_query(
        "SELECT nextval(pg_get_serial_sequence('spot_pools', 'id'))::integer AS first
         FROM generate_series(1, $1)
         ORDER BY first",
    )
    .bind::<BigInt, _>(count as i64)
    .load(connection)?;
    Ok(blocks.into_iter().map(|block| block.first).collect())
}
