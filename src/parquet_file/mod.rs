//! Parquet files, from rows of plain values. The same rows give the same bytes.

mod column;
mod row_group;
mod writer;

pub(crate) use column::{Column, Kind, Value};
pub(crate) use writer::ParquetFile;
