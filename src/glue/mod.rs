//! AWS Glue, by three of its actions: a table there points to the current metadata of an Iceberg table.
//!
//! <https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html>

mod client;
mod error;
mod table;

pub use client::Glue;
pub use error::GlueError;
pub use table::{IcebergTable, point_to};
