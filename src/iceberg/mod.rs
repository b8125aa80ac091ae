//! The metadata of Iceberg tables, in version 2 of the format: plain values in, bytes out.
//!
//! Written here because no crate can replace the files of a part in one commit; what other programs read of it is tested.
//! <https://iceberg.apache.org/spec/>

mod avro;
mod data_file;
mod manifest;
mod manifest_list;
mod metadata;
mod schema;

pub(crate) use data_file::{DataFile, PartitionValue};
pub(crate) use manifest::{Manifest, State};
pub(crate) use manifest_list::manifest_list;
pub(crate) use metadata::{Metadata, SnapshotEntry};
pub(crate) use schema::{Partitioning, Transform, schema};
