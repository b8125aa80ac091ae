//! Where objects are written to: whole ones only, which are durable once they are written.

mod directory;
mod hashed_file;
mod s3;

use thiserror::Error;

pub use directory::DirectorySink;
pub use hashed_file::{HashedFile, HashingWriter};
pub use s3::S3Sink;

/// Somewhere to write objects to. Calls block.
pub trait Sink: Send + Sync {
    /// Where objects go, as the user wrote it.
    fn location(&self) -> String;

    /// The URL of an object.
    fn url(&self, key: &str) -> String;

    /// Checks that objects can be written, before there is one.
    fn check(&self) -> Result<(), SinkError>;

    /// Writes an object under a key. Once this returns, the object is durable; after an error there is either nothing or the whole
    /// object. Writing the same object again changes nothing.
    fn put(&self, key: &str, body: &[u8]) -> Result<(), SinkError>;

    /// Writes an object under a key that is to have none: where there is one already, that stays.
    fn put_new(&self, key: &str, body: &[u8]) -> Result<Placed, SinkError>;

    /// Deletes an object; it is no error if there is none.
    fn delete(&self, key: &str) -> Result<(), SinkError>;

    /// Writes a file that may be larger than memory under a key that its content gave it, unless there is one: that has the
    /// same content. Otherwise as [`Sink::put`].
    fn put_file(&self, key: &str, file: &HashedFile) -> Result<(), SinkError>;
}

/// What is under a key that was to be new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// The object that was written.
    Written,
    /// Another one that has the same content.
    Same,
    /// Another one with other content.
    Different,
}

/// Errors of a sink, by what to do about them.
#[derive(Debug, Error)]
pub enum SinkError {
    /// May work when it is tried again.
    #[error("{0}")]
    Transient(String),
    /// Nothing can be written until an operator acts; the message says what.
    #[error("{0}")]
    Fatal(String),
}
