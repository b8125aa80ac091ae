//! Rates as a table that is extracted: a file for each month.

use diesel::prelude::*;
use diesel::{PgConnection, QueryResult};

use super::lake::FreightTable;
use crate::db::schema::{feed_parts, freight_prices};
use crate::feed::extract_table::{ExtractTable, TablePart};
use crate::feed::{LakeTable, WriteRow, WriteRowsError};
use crate::month::Month;
use crate::parquet_file::Column;

/// The table of rates.
pub(crate) struct RatesTable;

impl ExtractTable for RatesTable {
    fn name(&self) -> String {
        "freight_rates".to_owned()
    }

    fn columns(&self) -> &'static [Column] {
        FreightTable.columns()
    }

    fn parts(&self, connection: &mut PgConnection) -> QueryResult<Vec<TablePart>> {
        let parts: Vec<(String, i64, i64)> = feed_parts::table
            .filter(feed_parts::feed.eq("freight"))
            .order(feed_parts::part)
            .select((feed_parts::part, feed_parts::changes, feed_parts::row_count))
            .load(connection)?;
        // Other names are not of months.
        let parts = parts.into_iter().filter_map(|(name, state, landed)| {
            let month: Month = name.parse().ok()?;
            Some(TablePart {
                folder: format!("{}/month={month}", self.name()),
                condition: format!("day BETWEEN '{}' AND '{}'", month.first(), month.last()),
                name,
                month,
                state,
                landed,
            })
        });
        Ok(parts.collect())
    }

    fn stored_rows(&self, connection: &mut PgConnection, part: &TablePart) -> QueryResult<i64> {
        freight_prices::table
            .filter(freight_prices::day.between(part.month.first(), part.month.last()))
            .count()
            .get_result(connection)
    }

    fn rows(
        &self,
        connection: &mut PgConnection,
        part: &TablePart,
        write: WriteRow<'_>,
    ) -> Result<(), WriteRowsError> {
        FreightTable.rows(connection, &part.name, write)
    }
}
