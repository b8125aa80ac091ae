//! Prices as a table of a lake: a file for each market and month.

use std::collections::HashMap;

use diesel::data_types::{PgNumeric, PgTimestamp};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgRowByRowLoadingMode, PgValue};
use diesel::prelude::*;
use diesel::sql_types::Numeric;

use super::market::Market;
use super::part;
use crate::db::schema::{spot_observations, spot_pools};
use crate::feed::interval::Interval;
use crate::feed::lake::existing;
use crate::feed::{LakeTable, PartFiles, WriteRow, WriteRowsError};
use crate::iceberg::{PartitionValue, Partitioning, Transform};
use crate::parquet_file::{Column, Kind, Value};

/// `spot_prices` without the revision that a price is from, which depends on the order in which dumps landed.
const COLUMNS: [Column; 7] = [
    Column::new("account_id", Kind::Text).repeating(),
    Column::new("region", Kind::Text).repeating(),
    Column::new("availability_zone", Kind::Text).repeating(),
    Column::new("instance_type", Kind::Text).repeating(),
    Column::new("product_description", Kind::Text).repeating(),
    Column::new("price", Kind::Decimal { precision: 14, scale: 6 }).repeating(),
    Column::new("timestamp", Kind::Timestamp),
];

/// The table of prices.
pub(super) struct SpotTable;

impl LakeTable for SpotTable {
    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn partitioning(&self) -> Partitioning {
        &[
            ("account_id", Transform::Identity),
            ("region", Transform::Identity),
            ("timestamp", Transform::Month),
        ]
    }

    fn part_files(&self, part: &str) -> Option<PartFiles> {
        let (Market { account_id, region }, month) = part::parse(part)?;
        // As one value with the region, the account keeps its leading zeros in readers that take folders for columns.
        let folder = format!("market={account_id}_{region}/month={}", month.format("%Y-%m"));
        let partition = vec![
            PartitionValue::Text(account_id),
            PartitionValue::Text(region),
            PartitionValue::month_of(month),
        ];
        Some(PartFiles { partition, folder })
    }

    /// In the order of the key, which Postgres reads without sorting by names; pools of neighbouring numbers have similar names.
    fn rows(
        &self,
        connection: &mut PgConnection,
        part: &str,
        write: WriteRow<'_>,
    ) -> Result<(), WriteRowsError> {
        let (market, first) = existing(part::parse(part))?;
        let pools = pools(connection, &market)?;
        let month = Interval::month(first);
        let ids: Vec<i32> = pools.keys().copied().collect();
        let rows = spot_observations::table
            .filter(spot_observations::pool_id.eq_any(&ids))
            .filter(spot_observations::observed_at.ge(month.start()))
            .filter(spot_observations::observed_at.lt(month.end()))
            .order((spot_observations::pool_id, spot_observations::observed_at))
            .select((spot_observations::pool_id, spot_observations::observed_at, spot_observations::price))
            .load_iter::<(i32, PgTimestamp, Micros), PgRowByRowLoadingMode>(connection)?;
        for row in rows {
            let (pool_id, PgTimestamp(observed_at), Micros(price)) = row?;
            let pool = existing(pools.get(&pool_id))?;
            write(&[
                Some(Value::Text(&market.account_id)),
                Some(Value::Text(&market.region)),
                Some(Value::Text(&pool.availability_zone)),
                Some(Value::Text(&pool.instance_type)),
                Some(Value::Text(&pool.product_description)),
                Some(Value::Decimal(price)),
                Some(Value::Timestamp(MICROS_TO_2000 + observed_at)),
            ])?;
        }
        Ok(())
    }
}

/// Microseconds from 1970 to 2000, from which Postgres counts.
const MICROS_TO_2000: i64 = 946_684_800_000_000;

/// What the rows of a pool have in common.
#[derive(Queryable)]
struct Pool {
    availability_zone: String,
    instance_type: String,
    product_description: String,
}

/// The pools of a market by their ids.
fn pools(connection: &mut PgConnection, market: &Market) -> QueryResult<HashMap<i32, Pool>> {
    let pools: Vec<(i32, Pool)> = spot_pools::table
        .filter(spot_pools::account_id.eq(&market.account_id).and(spot_pools::region.eq(&market.region)))
        .select((
            spot_pools::id,
            (spot_pools::availability_zone, spot_pools::instance_type, spot_pools::product_description),
        ))
        .load(connection)?;
    Ok(pools.into_iter().collect())
}

/// A price in millionths of a dollar an hour, as `numeric` is sent: a multiplication in the query takes the server longer.
#[derive(Debug, FromSqlRow)]
struct Micros(i64);

impl FromSql<Numeric, Pg> for Micros {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let PgNumeric::Positive { weight, digits, .. } = PgNumeric::from_sql(value)? else {
            return Err("a price is negative, or not a number".into());
        };
        // Digits of four decimals each, the first with this weight.
        let micros = (0..).zip(digits).map(|(index, digit)| {
            let digit = i64::from(digit);
            match 4 * (i32::from(weight) - index) + 6 {
                exponent @ 0.. => digit * 10_i64.pow(exponent.unsigned_abs()),
                exponent => digit / 10_i64.pow(exponent.unsigned_abs()),
            }
        });
        Ok(Self(micros.sum()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_market_are_told_apart() {
        let files = SpotTable.part_files("012345678901/us-west-2/2026-11").unwrap();
        assert_eq!(files.folder, "market=012345678901_us-west-2/month=2026-11");
        assert_eq!(files.partition[2], PartitionValue::Number(56 * 12 + 10));
        for other in ["012345678901/2026-11", "012345678901/us-west-2/2026-13", ""] {
            assert!(SpotTable.part_files(other).is_none(), "{other}");
        }
    }
}
