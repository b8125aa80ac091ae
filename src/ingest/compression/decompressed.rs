//! Reads a body decompressed.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};

use crate::feed::{DecodeError, RecordError};

use super::layers::Layers;

/// A body as a decoder reads it.
pub(in crate::ingest) struct Decompressed<'r> {
    body: Box<dyn Read + 'r>,
    /// The first error. Nothing is read after it.
    failure: Option<io::Error>,
}

impl<'r> Decompressed<'r> {
    /// Reads a body; `stored` is how many of its bytes were read so far.
    pub(in crate::ingest) fn open(layers: &Layers, body: impl Read + 'r, stored: &'r Cell<u64>) -> Self {
        match layers.open(Box::new(body), stored) {
            Ok(body) => Self { body, failure: None },
            Err(error) => Self { body: Box::new(io::empty()), failure: Some(error) },
        }
    }

    /// What the decoder found, if all of the body could be decompressed. If not, the dump is rejected for that: the
    /// decoder may have taken it for the end of the dump, or for an error in it.
    pub(in crate::ingest) fn finish<C>(mut self, decoded: Result<C, DecodeError>) -> Result<C, DecodeError> {
        if decoded.is_ok() {
            // Checksums are at the end, behind all that a decoder needs.
            let _ = io::copy(&mut self, &mut io::sink());
        }
        match (decoded, self.failure) {
            (Err(DecodeError::Scratch(error)), _) => Err(DecodeError::Scratch(error)),
            (_, Some(failure)) => Err(RecordError::of_dump(failure.to_string()).into()),
            (decoded, None) => decoded,
        }
    }
}

impl Read for Decompressed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_some() {
            return Err(failed());
        }
        match self.body.read(buffer) {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                self.failure = Some(error);
                Err(failed())
            }
            read => read,
        }
    }
}

/// The error that the decoder gets.
fn failed() -> io::Error {
    io::Error::other("the body could not be decompressed to its end")
}

#[cfg(test)]
mod tests;
