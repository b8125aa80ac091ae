//! What is published as Iceberg tables: the tables, their snapshots, every file, and what is still to be published.

mod commit;
mod files;
mod parts;
mod status;
mod tables;

pub use commit::{Commit, commit, mark_complete};
pub use files::{
    PartFile, deletable_files, forget_files, mark_same, mark_written, part_files, record_file,
    record_part_file,
};
pub use parts::{LakeSource, PartCount, has_rows, lake_source};
pub use status::{LakeStatus, lake_status};
pub use tables::{PublishedTable, Snapshot, TableName, published_table, register_table, snapshots};
