//! What a feed says of the table that its rows are published as.

use std::error::Error;

use diesel::{PgConnection, QueryResult};
use parquet::errors::ParquetError;

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
#[derive(Debug, thiserror::Error)]
pub enum WriteRowsError {
    /// A query failed.
    #[error("cannot read the rows")]
    Database(#[from] diesel::result::Error),
    /// The file cannot be written.
    #[error("cannot write a Parquet file: {0}; scratch files are in {dir}", dir = std::env::temp_dir().display())]
    File(String),
}

impl From<ParquetError> for WriteRowsError {
    /// Only with the innermost cause: the others repeat it.
    fn from(error: ParquetError) -> Self {
        let cause = std::iter::successors(Some(&error as &dyn Error), |&error| error.source()).last();
        Self::File(cause.map(ToString::to_string).unwrap_or_default())
    }
}

/// The part that was asked for.
///
/// # Errors
///
/// No part has such a name.
pub(super) fn existing<T>(part: Option<T>) -> QueryResult<T> {
    part.ok_or(diesel::result::Error::NotFound)
}
