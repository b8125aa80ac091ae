//! Publishes the rows of feeds as Iceberg tables, each change once.
//!
//! `run.rs` is where it begins.

mod claim;
mod error;
mod expire;
mod hint;
mod part;
mod plan;
mod report;
mod run;
mod state;
mod target;
mod version;

pub use error::PublishError;
pub use expire::{Expiry, expirable, expire};
pub use plan::{Scope, StalePart, stale_parts};
pub use report::{Expired, Report};
pub use run::publish;
pub use target::Target;
