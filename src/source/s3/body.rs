//! The bytes of an object as they arrive.

use std::io::{self, BufReader, Read};

use aws_sdk_s3::primitives::ByteStream;
use tokio::runtime::Handle;
use tokio_util::io::SyncIoBridge;

use crate::aws::root_cause;
use crate::source::SourceError;

/// Reads a body. Errors have the innermost cause: a lost connection, a wrong checksum.
pub(super) struct Body<R> {
    input: R,
    location: String,
}

/// Reads what S3 sends, for the object at `location`.
pub(super) fn body(stream: ByteStream, runtime: Handle, location: String) -> impl Read + Send {
    let input = SyncIoBridge::new_with_handle(stream.into_async_read(), runtime);
    Body { input: BufReader::with_capacity(64 * 1024, input), location }
}

impl<R: Read> Read for Body<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.input.read(buffer).map_err(|error| {
            let error = format!("cannot read {}: {}", self.location, root_cause(&error));
            io::Error::other(SourceError::Transient(error))
        })
    }
}
