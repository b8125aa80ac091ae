//! Files for others. Of events: one for each day of receipt, written again only when the day's rows changed; `run.rs` is where
//! that begins. `monthly/` has files of months, whose names stay.

mod days;
mod error;
mod manifest;
pub mod monthly;
mod report;
mod run;
mod url;

pub use days::{Selection, StaleDay, StaleDays, stale_days};
pub use error::ExtractError;
pub use report::{ExtractedFile, Report};
pub use run::run;
