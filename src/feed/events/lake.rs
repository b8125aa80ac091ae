//! Events as a table of a lake: a file for each day of receipt, with the columns of an extract.

use chrono::NaiveDate;
use diesel::PgConnection;

use super::extract::{COLUMNS, rows_of};
use crate::feed::lake::existing;
use crate::feed::{LakeTable, PartFiles, WriteRow, WriteRowsError};
use crate::iceberg::{PartitionValue, Partitioning, Transform};
use crate::parquet_file::Column;

/// The table of events.
pub(super) struct EventsTable;

impl LakeTable for EventsTable {
    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn partitioning(&self) -> Partitioning {
        &[("received_at", Transform::Day)]
    }

    fn part_files(&self, part: &str) -> Option<PartFiles> {
        let day: NaiveDate = part.parse().ok()?;
        Some(PartFiles { partition: vec![PartitionValue::day_of(day)], folder: format!("day={day}") })
    }

    fn rows(
        &self,
        connection: &mut PgConnection,
        part: &str,
        write: WriteRow<'_>,
    ) -> Result<(), WriteRowsError> {
        rows_of(connection, existing(part.parse().ok())?, write)
    }
}
