//! Writes whole objects from files.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame};

use super::Bucket;
use crate::source::SourceError;

/// What one request may send.
const MAX_SIZE: u64 = 5 << 30;

/// Bytes read at once.
const CHUNK: usize = 128 << 10;

/// Bytes a second, below which a request takes too long.
const MIN_SPEED: u64 = 256 << 10;

impl Bucket {
    /// Writes a file as an object, unless there is one under this key. Once this returns, it is durable.
    ///
    /// S3 compares the hash with what it received.
    pub fn put_file(&self, key: &str, file: &File, size: u64, sha256: [u8; 32]) -> Result<(), SourceError> {
        let location = self.url(key);
        if size > MAX_SIZE {
            return Err(SourceError::Fatal(format!(
                "{location} would have {size} bytes: S3 takes 5 GiB in a request"
            )));
        }
        let file = file.try_clone().map_err(|error| {
            SourceError::Transient(format!("cannot read a scratch file for {location}: {error}"))
        })?;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_timeout(Duration::from_secs(120 + size / MIN_SPEED))
            .build();
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .if_none_match("*")
            .set_request_payer(self.payer())
            .content_length(size as i64)
            .checksum_sha256(BASE64_STANDARD.encode(sha256))
            .body(ByteStream::new(body(Arc::new(file))))
            .customize()
            .config_override(aws_sdk_s3::config::Builder::new().timeout_config(timeouts));
        match self.runtime.block_on(request.send()) {
            Ok(_) => Ok(()),
            Err(error) if error.raw_response().is_some_and(|response| response.status().as_u16() == 412) => {
                Ok(())
            }
            Err(error) => Err(self.explain_put(key, &error)),
        }
    }
}

/// The content of a file, from the beginning for each attempt.
fn body(file: Arc<File>) -> SdkBody {
    SdkBody::retryable(move || {
        let (file, mut position) = (file.clone(), 0);
        let chunks = std::iter::from_fn(move || {
            let chunk = read(&file, position).transpose()?;
            position += chunk.as_ref().map_or(0, Bytes::len) as u64;
            Some(chunk.map(Frame::data))
        });
        SdkBody::from_body_1_x(StreamBody::new(stream::iter(chunks)))
    })
}

/// The next chunk; none at the end.
fn read(file: &File, position: u64) -> io::Result<Option<Bytes>> {
    let mut chunk = vec![0; CHUNK];
    let read = file.read_at(&mut chunk, position)?;
    chunk.truncate(read);
    Ok(Some(chunk).filter(|chunk| !chunk.is_empty()).map(Bytes::from))
}
