//! What a feed says of the table that its rows are published as.

use diesel::{PgConnection, QueryResult};
use thiserror::Error;

use crate::iceberg::{PartitionValue, Partitioning};
use crate::parquet_file::{Column, Value};

/// A table of a lake, with a file for each part of the feed (`feed_parts`).
pub(crate) trait LakeTable: Sync {
    /// Its columns. Later versions only add some, at the end, and those are optional: files are not written again for them.
    fn columns(&self) -> &'static [Column];

    /// What its files are divided by.
    fn partitioning(&self) -> Partitioning;

    /// Where the files of a part belong; none if no part has such a name.
    fn part_files(&self, part: &str) -> Option<PartFiles>;

    /// Passes each row of a part to `write`, in an order that depends on the rows alone. Memory does not grow with their number.
    fn rows(
        &self,
        connection: &mut PgConnection,
        part: &str,
        write: WriteRow<'_>,
    ) -> Result<(), WriteRowsError>;
}

/// Takes a row: a value for each column.
pub(crate) type WriteRow<'w> = &'w mut dyn FnMut(&[Option<Value<'_>>]) -> parquet::errors::Result<()>;

/// Where the files of a part belong.
#[derive(Debug)]
pub(crate) struct PartFiles {
    /// Values of the partitioning.
    pub(crate) partition: Vec<PartitionValue>,
    /// The folder, below that of all data: `month=2026-11`.
    pub(crate) folder: String,
}

/// Why rows were not written to a file.
#[derive(Debug, Error)]
pub enum WriteRowsError {
    /// A query failed.
    #[error("cannot read the rows: {0}")]
    Database(#[from] diesel::result::Error),
    /// The file cannot be written.
    #[error("{0}")]
    File(#[from] parquet::errors::ParquetError),
}

/// The part that was asked for.
///
/// # Errors
///
/// No part has such a name.
pub(super) fn existing<T>(part: Option<T>) -> QueryResult<T> {
    part.ok_or(diesel::result::Error::NotFound)
}
