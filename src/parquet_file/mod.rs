//! Parquet files, from rows of plain values. The same rows give the same bytes.

mod bounds;
mod column;
mod row_group;
mod writer;

pub(crate) use bounds::Bounds;
pub(crate) use column::{Column, Kind, Value};
pub(crate) use writer::{FileKind, ParquetFile};
