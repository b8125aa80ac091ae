//! Prices at an instant.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};
use serde::Serialize;
use utoipa::ToSchema;

use super::coverage::{MarketDays, has_landed};
use super::decimal::{Decimal, Dollars, Ratio};
use super::pools::Pool;
use super::prices::opening;
use super::value_coverage::{ValueCoverage, value_coverages};
use crate::feed::spot::store::StoredPrice;

/// The price of a pool at an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PriceAt {
    /// The pool.
    #[serde(flatten)]
    pub pool: Pool,
    /// US dollars an hour; null where it is not known.
    #[schema(value_type = Option<f64>, example = 0.0673)]
    pub price: Option<Dollars>,
    /// Its ratio is 1 if the day's dump has landed and the last record is still valid, else 0.
    pub coverage: ValueCoverage,
}

/// The price of each pool at an instant; `markets` has its day.
///
/// With a `min_coverage` of 0, a record that is still valid counts even if the day's dump has not landed.
pub fn at(
    connection: &mut PgConnection,
    pools: &[Pool],
    markets: &[MarketDays],
    at: DateTime<Utc>,
    min_coverage: Ratio,
) -> QueryResult<Vec<PriceAt>> {
    let ids: Vec<i32> = pools.iter().map(|pool| pool.id).collect();
    let records = opening(connection, &ids, at)?;
    let record = |pool: &Pool| -> Option<StoredPrice> {
        let index = records.binary_search_by_key(&pool.id, |record| record.pool_id).ok()?;
        Some(records[index])
    };
    let values: Vec<(Ratio, Option<StoredPrice>)> = pools
        .iter()
        .map(|pool| match record(pool) {
            Some(record) if has_landed(markets, pool, at.date_naive()) => (Ratio::ALL, Some(record)),
            record => (Ratio::default(), record),
        })
        .collect();
    let coverages = value_coverages(connection, &values)?;
    let price =
        |((pool, (ratio, record)), coverage): ((&Pool, (Ratio, Option<StoredPrice>)), ValueCoverage)| {
            PriceAt {
                pool: pool.clone(),
                price: record.filter(|_| ratio >= min_coverage).map(|record| Decimal(record.micros)),
                coverage,
            }
        };
    Ok(pools.iter().zip(values).zip(coverages).map(price).collect())
}
