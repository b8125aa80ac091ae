//! Loans of an operational database, which is only ever read: for each branch of each bank, the mean amount of the loans of
//! three months.
//!
//! `read.rs` is where reading begins.

mod catalog;
mod check;
mod connection;
mod csv_file;
mod error;
mod mapping;
mod names;
mod query;
mod read;
mod resolve;

pub use connection::connect;
pub use csv_file::csv_file;
pub use error::LoansError;
pub use mapping::Mapping;
pub use names::file_key;
pub use read::{Bank, BankLoans, BranchLoans, MonthOfLoans, read};
pub use resolve::ResolveError;
