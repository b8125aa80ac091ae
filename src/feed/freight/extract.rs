//! Rates as a table that is extracted: a file for each month.

use diesel::prelude::*;
use diesel::{PgConnection, QueryResult};

use super::lake::FreightTable;
use crate::db::schema::freight_prices;
use crate::feed::extract_table::{ExtractTable, TablePart, counted_parts};
use crate::feed::interval::Interval;
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
        // Other names are not of months.
        let parts = counted_parts(connection, "freight")?.into_iter().filter_map(|part| {
            let month: Month = part.name.parse().ok()?;
            Some(TablePart {
                folder: format!("{}/month={month}", self.name()),
                condition: format!("day BETWEEN '{}' AND '{}'", month.first(), month.last()),
                name: part.name,
                days: Interval::month(month.first()),
                date: month.first().format("%Y%m").to_string(),
                state: part.changes,
                landed: part.rows,
            })
        });
        Ok(parts.collect())
    }

    fn stored_rows(&self, connection: &mut PgConnection, part: &TablePart) -> QueryResult<i64> {
        freight_prices::table
            .filter(freight_prices::day.between(part.days.first, part.days.last))
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
