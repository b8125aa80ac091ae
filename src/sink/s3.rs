//! Objects in a bucket.

use tokio::runtime::Handle;

use super::{HashedFile, Sink, SinkError};
use crate::source::{Bucket, Put, S3Options, SourceError};

/// A bucket, or the part of it under a prefix.
#[derive(Debug)]
pub struct S3Sink {
    bucket: Bucket,
    /// Empty, or ends in a slash.
    prefix: String,
}

/// The object that shows whether objects can be written. It is written once for each prefix: after that, it is there.
const PROBE: &str = "landfall-consume.txt";

const PROBE_TEXT: &str = "Raw events are kept here by `landfall consume`.\n";

impl S3Sink {
    /// Prepares a client; nothing is sent to S3 yet.
    ///
    /// # Errors
    ///
    /// A setting of AWS is invalid.
    pub fn open(bucket: &str, prefix: &str, options: S3Options, runtime: Handle) -> Result<Self, SinkError> {
        let mut prefix = prefix.trim_end_matches('/').to_owned();
        if !prefix.is_empty() {
            prefix.push('/');
        }
        Ok(Self { bucket: Bucket::open(bucket, &prefix, options, runtime)?, prefix })
    }
}

impl Sink for S3Sink {
    fn location(&self) -> String {
        format!("s3://{}/{}", self.bucket.bucket(), self.prefix)
    }

    fn url(&self, key: &str) -> String {
        format!("{}{key}", self.location())
    }

    /// No request that takes s3:PutObject only, and writes nothing, says whether one may write.
    fn check(&self) -> Result<(), SinkError> {
        let key = format!("{}{PROBE}", self.prefix);
        Ok(self.bucket.put(&key, PROBE_TEXT.as_bytes(), None, Put::IfMissing)?)
    }

    fn put(&self, key: &str, body: &[u8]) -> Result<(), SinkError> {
        Ok(self.bucket.put(&format!("{}{key}", self.prefix), body, None, Put::Always)?)
    }

    fn delete(&self, key: &str) -> Result<(), SinkError> {
        Ok(self.bucket.delete(&format!("{}{key}", self.prefix))?)
    }

    fn put_file(&self, key: &str, file: &HashedFile) -> Result<(), SinkError> {
        Ok(self.bucket.put_file(&format!("{}{key}", self.prefix), file.file(), file.size(), file.sha256())?)
    }
}

impl From<SourceError> for SinkError {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::Transient(error) => Self::Transient(error),
            error => Self::Fatal(error.to_string()),
        }
    }
}
