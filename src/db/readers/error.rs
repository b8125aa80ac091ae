//! Why a query failed.

use diesel::result::Error;
use thiserror::Error;

use crate::db::sqlstate::{Cause, Sqlstate};

/// Why a query failed.
#[derive(Debug, Error)]
pub enum ReadError {
    /// All connections were busy for too long.
    #[error("all connections to the database are busy")]
    Busy,
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[from] diesel::ConnectionError),
    /// The database cancelled it for a temporary reason, such as a shutdown or the replay of changes on a replica.
    #[error("the database cancelled the query: {0}")]
    Transient(#[source] Error),
    /// It took longer than ten seconds, and was cancelled.
    #[error("the query took too long")]
    TooLong,
    /// The client read the response too slowly.
    #[error("the client took too long to read the response")]
    TooSlow,
    /// The query failed in the database.
    #[error("the query failed: {0}")]
    Failed(#[source] Error),
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        match Cause::of(&error) {
            _ if Sqlstate::of(&error) == Some(Sqlstate::QUERY_CANCELED) => Self::TooLong,
            Cause::Transient => Self::Transient(error),
            Cause::Data | Cause::Server => Self::Failed(error),
        }
    }
}
