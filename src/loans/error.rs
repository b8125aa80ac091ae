//! Why loans cannot be read.

use thiserror::Error;

use super::resolve::ResolveError;
use crate::db::sqlstate::Sqlstate;
use crate::month::Month;

/// Why loans cannot be read.
#[derive(Debug, Error)]
pub enum LoansError {
    /// A name of the mapping is wrong.
    #[error(transparent)]
    Names(#[from] ResolveError),
    /// A statement took too long.
    #[error(
        "the operational database ended a statement that took too long: allow more with --statement-timeout, or index the date of loans there"
    )]
    TimedOut,
    /// A table is locked.
    #[error("a table of the operational database is locked, as while it is altered: run this again later")]
    Locked,
    /// The role must not do what a query does.
    #[error(
        "the operational database denies a query: {0}; grant the role of --from what it names, or map a view of its owner (--map)"
    )]
    Denied(diesel::result::Error),
    /// A query failed.
    #[error(
        "cannot query the operational database: {0}; check what the server's log says, and run this again"
    )]
    Query(diesel::result::Error),
    /// An amount is no number.
    #[error("{month}: the branch {branch} has loans whose sum is {sum}: correct their amounts")]
    NoNumber {
        /// Last of the three months.
        month: Month,
        /// Id of the branch.
        branch: String,
        /// The sum.
        sum: String,
    },
}

impl From<diesel::result::Error> for LoansError {
    fn from(error: diesel::result::Error) -> Self {
        match Sqlstate::of(&error) {
            Some(Sqlstate::QUERY_CANCELED) => Self::TimedOut,
            Some(Sqlstate::LOCK_NOT_AVAILABLE) => Self::Locked,
            // insufficient_privilege: of what a view or a function reads.
            Some(code) if code.to_string() == "42501" => Self::Denied(error),
            _ => Self::Query(error),
        }
    }
}
