//! Files of tables: one for each part that changed, named by its content.
//!
//! `run.rs` is where an extract begins.

mod csv;
mod error;
mod file;
mod load_script;
mod plan;
mod report;
mod run;

pub use error::TableError;
pub use file::FileFormat;
pub use plan::StaleTable;
pub use report::{TableFile, TableReport};

pub(crate) use plan::{TableSelection, stale_table};
pub(crate) use run::run;
