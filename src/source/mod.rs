//! Where dumps lie: listing objects and reading their bytes.

mod directory;
mod location;
mod s3;

use std::io::Read;

use chrono::{DateTime, Utc};
use thiserror::Error;

pub use directory::Directory;
pub use location::{Location, LocationError};
pub use s3::{Bucket, S3Options};

/// One object as a listing showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Key within the source: the whole S3 key, or the absolute path of a file.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// When the object was last modified.
    pub modified_at: DateTime<Utc>,
    /// ETag of an S3 object; size and modification time of a file.
    pub fingerprint: String,
    /// Whether the object must be restored from an archive before it can be read, as far as the listing says.
    pub archived: bool,
}

/// A place that holds objects. Calls block; S3 brings its own runtime.
pub trait Source: Send + Sync {
    /// Name of the source as the ledger keeps it: `s3://bucket` or `file://`.
    fn name(&self) -> &str;

    /// Every object under the place the user named, in the order of their keys.
    fn list(&self) -> Result<Vec<Object>, SourceError>;

    /// The object under a key as it is now.
    fn look_up(&self, key: &str) -> Result<Object, SourceError>;

    /// Opens exactly the version of the object that the listing showed.
    ///
    /// Reading may fail with an [`std::io::Error`] that wraps a [`SourceError`].
    fn open(&self, object: &Object) -> Result<Box<dyn Read + Send>, SourceError>;
}

/// Why a source did not answer, sorted by what to do about it.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The object went away after it was listed.
    #[error("{0} is gone: it was deleted after it had been listed")]
    Gone(String),
    /// The object's bytes are no longer those that were listed.
    #[error("{0} changed while it was read")]
    Changed(String),
    /// May work when it is tried again.
    #[error("{0}")]
    Transient(String),
    /// Will not work until somebody changes something; the message says what.
    #[error("{0}")]
    Fatal(String),
}

impl SourceError {
    /// Finds the source's error in what reading a body answered; any other error is the connection's.
    pub fn from_read(key: &str, error: std::io::Error) -> SourceError {
        match error.downcast::<SourceError>() {
            Ok(error) => error,
            Err(error) => SourceError::Transient(format!("cannot read {key}: {error}")),
        }
    }
}
