//! Files of rows, as manifests list them.

use chrono::{Datelike, NaiveDate};

use crate::parquet_file::Bounds;

/// A file of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataFile {
    /// Where it is, as a URL.
    pub(crate) url: String,
    /// What its rows have in common, in the order of the partitioning.
    pub(crate) partition: Vec<PartitionValue>,
    /// Rows in it.
    pub(crate) records: i64,
    /// Its size in bytes.
    pub(crate) size: i64,
    /// Bounds of columns, where they are known.
    pub(crate) bounds: Vec<Bounds>,
}

impl PartitionValue {
    /// The month of a day.
    pub(crate) fn month_of(day: NaiveDate) -> Self {
        Self::Number((day.year() - 1970) * 12 + day.month0() as i32)
    }

    /// A day.
    pub(crate) fn day_of(day: NaiveDate) -> Self {
        Self::Number((day - NaiveDate::default()).num_days() as i32)
    }
}

/// A value that a partitioning divides by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PartitionValue {
    /// A text.
    Text(String),
    /// A month or a day, by its number.
    Number(i32),
}
