//! The lowest and highest values in a file.

use parquet::file::metadata::ParquetMetaData;
use parquet::file::statistics::Statistics;
use serde::{Deserialize, Serialize};

use super::column::{Column, Kind};

/// The lowest and the highest value of a column of times or days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bounds {
    /// Place of the column, from 0.
    pub(crate) column: usize,
    /// In microseconds or days since 1970.
    pub(crate) min: i64,
    pub(crate) max: i64,
}

/// The bounds of those columns that files are chosen by, from the statistics of the row groups.
pub(super) fn bounds(columns: &[Column], metadata: &ParquetMetaData) -> Vec<Bounds> {
    let chosen_by = |(_, column): &(usize, &Column)| matches!(column.kind, Kind::Timestamp | Kind::Date);
    let columns = columns.iter().enumerate().filter(chosen_by);
    columns.filter_map(|(column, _)| of_column(column, metadata)).collect()
}

/// None if the column has no values.
fn of_column(column: usize, metadata: &ParquetMetaData) -> Option<Bounds> {
    let groups = metadata.row_groups().iter();
    let groups = groups.filter_map(|group| match group.column(column).statistics()? {
        Statistics::Int64(values) => Some((*values.min_opt()?, *values.max_opt()?)),
        Statistics::Int32(values) => Some(((*values.min_opt()?).into(), (*values.max_opt()?).into())),
        _ => None,
    });
    let all = groups.reduce(|(min, max), (other_min, other_max)| (min.min(other_min), max.max(other_max)));
    all.map(|(min, max)| Bounds { column, min, max })
}
