//! Why a run ends early.

use diesel::result::Error;
use thiserror::Error;

use crate::db::sqlstate::advice;
use crate::feed::WriteError;

/// Why a run ended before its plan did.
#[derive(Debug, Error)]
pub enum IngestError {
    /// A batch could not be written to the database, despite retries.
    #[error(
        "cannot write to the database; nothing of the current batch was stored; {}, then run the import again",
        advice(.0).unwrap_or("fix what the cause says")
    )]
    Database(#[from] Error),
    /// The database cannot be reached any more.
    #[error("cannot connect to the database; run the import again once it is up")]
    Connection(#[from] diesel::ConnectionError),
    /// The content of a large dump cannot be read back.
    #[error(
        "nothing of the current batch was stored; check the disk of the scratch directory, then run the import again"
    )]
    Scratch(#[source] WriteError),
}

impl IngestError {
    /// What the database, or the operating system, says.
    pub fn cause(&self) -> Option<String> {
        std::error::Error::source(self).map(|cause| cause.to_string().trim_end().to_owned())
    }
}

impl From<WriteError> for IngestError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => Self::Database(error),
            WriteError::Scratch(_) => Self::Scratch(error),
        }
    }
}
