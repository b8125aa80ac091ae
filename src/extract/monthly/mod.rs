//! Files of months that keep their names: each is written once, whole, and again only on request.
//!
//! `run.rs` is where an extract begins.

mod months;
mod report;
mod run;

pub use months::{MonthError, Months};
pub use report::{FileReport, FileStatus, MonthReport, MonthlyReport};
pub use run::{Content, Look, MonthlyError, NewFile, run};
