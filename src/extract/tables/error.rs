//! Why an extract ended early. Nothing is recorded then: the next one does all of it again.

use std::io;

use thiserror::Error;

use crate::feed::WriteRowsError;
use crate::sink::SinkError;

/// Why an extract ended early.
#[derive(Debug, Error)]
pub enum TableError {
    /// A query failed.
    #[error("cannot query the database")]
    Database(#[from] diesel::result::Error),
    /// A file cannot be made.
    #[error(transparent)]
    File(WriteRowsError),
    /// A scratch file cannot be written.
    #[error("cannot write a scratch file in {dir}: {0}", dir = std::env::temp_dir().display())]
    Scratch(io::Error),
    /// The destination cannot be written.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The manifest cannot be encoded.
    #[error("cannot write the manifest: {0}")]
    Manifest(serde_json::Error),
}
