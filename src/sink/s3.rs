//! Objects in a bucket.

use std::io::Read;
use std::thread::sleep;
use std::time::Duration;

use tokio::runtime::Handle;

use super::{HashedFile, Placed, Sink, SinkError};
use crate::source::{Bucket, Put, PutResult, S3Options, Source, SourceError};

/// A bucket, or the part of it under a prefix.
#[derive(Debug)]
pub struct S3Sink {
    bucket: Bucket,
    /// Empty, or ends in a slash.
    prefix: String,
}

/// The object that shows whether objects can be written. It is written once for each prefix: after that, it is there.
const PROBE: &str = "landfall-consume.txt";

/// How often an object that another request is writing is looked for, and how long after one another.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_secs(1);

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

impl S3Sink {
    /// An object, but not much more of it than is expected.
    fn read(&self, key: &str, expected: usize) -> Result<Vec<u8>, SourceError> {
        let object = self.bucket.look_up(key)?;
        let body = self.bucket.open(&object)?;
        let mut bytes = Vec::new();
        body.bytes
            .take(expected as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| SourceError::from_read(key, error))?;
        Ok(bytes)
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
        self.bucket.put(&key, PROBE_TEXT.as_bytes(), None, Put::IfMissing)?;
        Ok(())
    }

    fn put(&self, key: &str, body: &[u8]) -> Result<(), SinkError> {
        self.bucket.put(&format!("{}{key}", self.prefix), body, None, Put::Always)?;
        Ok(())
    }

    fn put_new(&self, key: &str, body: &[u8]) -> Result<Placed, SinkError> {
        let key = format!("{}{key}", self.prefix);
        let mut attempts = ATTEMPTS;
        loop {
            if self.bucket.put(&key, body, None, Put::IfMissing)? == PutResult::Written {
                return Ok(Placed::Written);
            }
            attempts -= 1;
            match self.read(&key, body.len()) {
                Ok(found) => return Ok(if found == body { Placed::Same } else { Placed::Different }),
                // Another request was about to write it, and has not, or not yet.
                Err(SourceError::Deleted(_) | SourceError::Changed(_)) if attempts > 0 => sleep(PAUSE),
                Err(error) => return Err(error.into()),
            }
        }
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
