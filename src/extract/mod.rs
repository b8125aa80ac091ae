//! Files of events for warehouses: one for each day of receipt, written again only when the day's rows changed.
//!
//! `run.rs` is where an extract begins.

mod days;
mod error;
mod manifest;
mod report;
mod run;

pub use days::{Selection, StaleDay, StaleDays, stale_days};
pub use error::ExtractError;
pub use report::{ExtractedFile, Report};
pub use run::run;
