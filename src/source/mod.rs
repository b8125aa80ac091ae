//! Sources of dumps: listing objects and reading their bytes.

mod directory;
mod location;
mod partitions;
mod s3;

use std::error::Error;
use std::io::Read;

use chrono::{DateTime, NaiveDate, Utc};
use thiserror::Error;

use crate::aws::SettingsError;

pub use directory::Directory;
pub use location::{Location, LocationError};
pub use s3::{Addressing, Bucket, Put, PutResult, S3Options};

/// One object as a listing showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Key within the source: the whole S3 key, or the absolute path of a file.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// When the object was last modified.
    pub modified_at: DateTime<Utc>,
    /// ETag of an S3 object; size and modification time of a file. Empty if the listing gives none: then the version
    /// that is read is unknown, and the object cannot be opened.
    pub fingerprint: String,
    /// Whether the object must be restored from an archive before it can be read. A listing does not always have this:
    /// [`Source::look_up`] does.
    pub archived: bool,
}

/// A page of a listing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Objects, in any order.
    pub objects: Vec<Object>,
    /// Entries that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// Whether folders of earlier days were left out.
    pub left_out: bool,
}

impl From<Vec<Object>> for Listing {
    fn from(objects: Vec<Object>) -> Self {
        Self { objects, ..Self::default() }
    }
}

/// Something in a source that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its key; bytes that are not UTF-8 are replaced.
    pub key: String,
    /// What went wrong, and what to do about it.
    pub error: String,
    /// Whether it may contain objects, as a directory may.
    pub may_contain_objects: bool,
}

/// An object that is being read.
pub struct StoredBody {
    /// Its bytes as they are stored: compressed if they are.
    pub bytes: Box<dyn Read + Send>,
    /// The `Content-Encoding` that is stored with an object; files have none.
    pub content_encoding: Option<String>,
}

/// Where objects are read from. Calls block.
pub trait Source: Send + Sync {
    /// Name of the source in the ledger: `s3://bucket` or `file://`.
    fn name(&self) -> &str;

    /// The location that the user wrote: `s3://bucket/prefix`, or the absolute path of a directory or file.
    fn location(&self) -> String {
        self.name().to_owned()
    }

    /// Lists everything in that location, page by page.
    ///
    /// With `since`, folders named `dt=YYYY-MM-DD` of earlier days are left out, so that a listing takes as long as
    /// there are objects of wanted days, however long the history.
    ///
    /// Pages have some thousand objects at most. They may overlap: of two entries of an object, the later one is newer.
    ///
    /// # Errors
    ///
    /// The listing is incomplete: there may be objects that its pages did not have.
    fn list(&self, since: Option<NaiveDate>, each_page: &mut dyn FnMut(Listing)) -> Result<(), SourceError>;

    /// The object under a key as it is now.
    fn look_up(&self, key: &str) -> Result<Object, SourceError>;

    /// Opens exactly the version of the object that the listing showed.
    ///
    /// Reading may fail with an [`std::io::Error`] that wraps a [`SourceError`].
    fn open(&self, object: &Object) -> Result<StoredBody, SourceError>;
}

/// Errors of a source, by what to do about them.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The object was deleted after it was listed.
    #[error("{0} was deleted after it had been listed")]
    Deleted(String),
    /// The object's bytes are no longer those that were listed.
    #[error("{0} changed while it was read")]
    Changed(String),
    /// May work when it is tried again. If it fails for many objects, the source is down.
    #[error("{0}")]
    Transient(String),
    /// This object cannot be read until an operator acts; the message says what. It says
    /// nothing about any other object.
    #[error("{0}")]
    Unreadable(String),
    /// Nothing in the source can be read until an operator acts; the message says what.
    #[error("{0}")]
    Fatal(String),
}

impl From<SettingsError> for SourceError {
    fn from(error: SettingsError) -> Self {
        Self::Fatal(error.0)
    }
}

impl SourceError {
    /// The object has to be restored from an archive.
    pub fn archived(location: &str) -> SourceError {
        SourceError::Unreadable(format!("{location} is archived: restore it or narrow the prefix"))
    }

    /// Finds the source's error in an error of reading a body; any other error is the connection's.
    pub fn from_read(key: &str, error: std::io::Error) -> SourceError {
        match error.downcast::<SourceError>() {
            Ok(error) => error,
            Err(error) => SourceError::Transient(format!("cannot read {key}: {}", with_causes(&error))),
        }
    }
}

/// An error with its causes, as far as they say more than the error itself.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let message = cause.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, Error)]
    #[error("streaming error")]
    struct Streaming(#[source] io::Error);

    #[test]
    fn an_error_of_a_body_keeps_its_causes() {
        let cause = io::Error::other("the checksum is wrong");
        let error = SourceError::from_read("k", io::Error::other(Streaming(cause)));
        assert_eq!(error.to_string(), "cannot read k: streaming error: the checksum is wrong");
        let full = io::Error::from_raw_os_error(28);
        let error = SourceError::from_read("k", full);
        assert_eq!(error.to_string(), "cannot read k: No space left on device (os error 28)");
        let own = SourceError::Unreadable("k is archived".to_owned());
        let error = SourceError::from_read("k", io::Error::other(own));
        assert!(matches!(error, SourceError::Unreadable(text) if text == "k is archived"));
    }
}
