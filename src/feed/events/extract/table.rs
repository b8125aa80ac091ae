//! Events as a table that is extracted: a file for each day of receipt.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::{PgConnection, QueryResult};

use super::{COLUMNS, rows_of, stored_days, stored_rows};
use crate::feed::extract_table::{ExtractTable, TablePart, counted_parts};
use crate::feed::interval::Interval;
use crate::feed::{WriteRow, WriteRowsError};
use crate::parquet_file::Column;

/// The table of events.
pub(crate) struct EventsTable;

impl ExtractTable for EventsTable {
    fn name(&self) -> String {
        "events".to_owned()
    }

    /// Parquet files were recorded like this before there were others.
    fn output(&self, extension: &str) -> String {
        match extension {
            "parquet" => "events".to_owned(),
            other => format!("events.{other}"),
        }
    }

    fn row_name(&self) -> String {
        "event".to_owned()
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn parts(&self, connection: &mut PgConnection) -> QueryResult<Vec<TablePart>> {
        let stored: HashSet<NaiveDate> = stored_days(connection)?.into_iter().collect();
        let parts = counted_parts(connection, "events")?.into_iter().filter_map(|part| {
            let day: NaiveDate = part.name.parse().ok().filter(|day| stored.contains(day))?;
            let next = day.succ_opt()?;
            Some(TablePart {
                folder: format!("dt={day}"),
                condition: format!("received_at >= '{day}' AND received_at < '{next}'"),
                name: part.name,
                days: Interval::day(day),
                date: day.format("%Y%m%d").to_string(),
                state: part.changes,
                landed: part.rows,
            })
        });
        Ok(parts.collect())
    }

    fn stored_rows(&self, connection: &mut PgConnection, part: &TablePart) -> QueryResult<i64> {
        stored_rows(connection, part.days.first)
    }

    fn rows(
        &self,
        connection: &mut PgConnection,
        part: &TablePart,
        write: WriteRow<'_>,
    ) -> Result<(), WriteRowsError> {
        rows_of(connection, part.days.first, write)
    }
}
