//! Landfall lands daily price dumps from a bucket in Postgres, exactly once.
//!
//! Start reading at [`ingest`], which has the steps of a run; [`feed`] decodes and writes dumps, [`source`] reads
//! them, [`ledger`] records the state of each. `docs/architecture.md` begins with the path of a dump.

pub(crate) mod aws;
pub mod chart;
pub mod cli;
pub mod commands;
pub mod consume;
pub mod db;
pub mod extract;
pub mod feed;
pub mod follow;
pub mod glue;
pub(crate) mod hex;
pub mod http;
pub(crate) mod iceberg;
pub mod ingest;
pub mod ledger;
pub mod loans;
pub mod month;
pub(crate) mod parquet_file;
pub mod publish;
pub mod queue;
pub(crate) mod sha256;
pub mod sink;
pub mod source;
pub mod telemetry;
