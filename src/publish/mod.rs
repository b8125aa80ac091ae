//! Publishes the rows of feeds as Iceberg tables, each change once.
//!
//! `run.rs` is where it begins.

mod error;
mod expire;
mod part;
mod plan;
mod report;
mod run;
mod state;
mod version;

pub use error::PublishError;
pub use expire::expire;
pub use plan::{StalePart, stale_parts};
pub use report::{Expired, IncompletePart, Report};
pub use run::{Target, publish};
