//! Files for others. Of events: one for each day of receipt, written again only when the day's rows changed; `run.rs` is where
//! that begins. `monthly/` has files of months, whose names stay;
//! `tables/` has those of prices and rates, named by their content.

mod days;
mod error;
mod incomplete;
mod manifest;
pub mod monthly;
mod report;
mod run;
pub mod tables;
mod url;

pub use days::{Selection, StaleDay, StaleDays, stale_days};
pub use error::ExtractError;
pub use report::{ExtractedFile, Report};
pub use run::run;
