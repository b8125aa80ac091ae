//! Records of prices, as `spot_prices` has them.

use diesel::{PgConnection, QueryResult};

use super::parts::{of_records, stored_records};
use super::selection::{pools_of, table_name};
use crate::feed::extract_table::{ExtractTable, TablePart};
use crate::feed::interval::Interval;
use crate::feed::lake::existing;
use crate::feed::spot::lake::SpotTable;
use crate::feed::spot::part;
use crate::feed::spot::query::{PoolFilter, prices};
use crate::feed::{LakeTable, WriteRow, WriteRowsError};
use crate::parquet_file::{Column, Value};

/// Pools whose records are in memory at once.
const CHUNK_POOLS: usize = 100;

/// Records of some pools.
pub(crate) struct RecordsTable {
    /// Which.
    pub(crate) filter: PoolFilter,
}

impl ExtractTable for RecordsTable {
    fn name(&self) -> String {
        table_name("spot_records", &self.filter)
    }

    fn columns(&self) -> &'static [Column] {
        SpotTable.columns()
    }

    fn parts(&self, connection: &mut PgConnection) -> QueryResult<Vec<TablePart>> {
        of_records(connection, &self.filter, &self.name())
    }

    fn stored_rows(&self, connection: &mut PgConnection, part: &TablePart) -> QueryResult<i64> {
        stored_records(connection, &part.name)
    }

    fn rows(
        &self,
        connection: &mut PgConnection,
        part: &TablePart,
        write: WriteRow<'_>,
    ) -> Result<(), WriteRowsError> {
        let (market, first) = existing(part::parse(&part.name))?;
        let month = Interval::month(first);
        for pools in pools_of(connection, &self.filter, &market)?.chunks(CHUNK_POOLS) {
            let mut ids: Vec<i32> = pools.iter().map(|pool| pool.id).collect();
            ids.sort_unstable();
            let records = prices(connection, &ids, month.start(), month.end(), None, usize::MAX)?;
            for pool in pools {
                let begin = records.partition_point(|record| record.pool_id < pool.id);
                for record in records[begin..].iter().take_while(|record| record.pool_id == pool.id) {
                    write(&[
                        Some(Value::Text(&pool.account_id)),
                        Some(Value::Text(&pool.region)),
                        Some(Value::Text(&pool.availability_zone)),
                        Some(Value::Text(&pool.instance_type)),
                        Some(Value::Text(&pool.product_description)),
                        Some(Value::Decimal(record.micros)),
                        Some(Value::Timestamp(record.observed_at.timestamp_micros())),
                    ])?;
                }
            }
        }
        Ok(())
    }
}
