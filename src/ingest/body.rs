//! Reads a body through its feed's decoder, and hashes and counts its stored bytes.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};

use crate::feed::{DecodeError, DumpName, RecordError, Rejection, TypedFeed};
use crate::sha256::Sha256;

use super::compression::{Decompressed, Layers};

/// A body that was read to its end.
pub(super) struct DecodedBody<C> {
    /// The decoded content, or why the dump is rejected.
    pub(super) content: Result<C, Rejection>,
    /// SHA-256 of all of its stored bytes, including those the decoder did not read.
    pub(super) sha256: [u8; 32],
    /// Its stored size in bytes.
    pub(super) size: u64,
}

/// Why a body could not be read to its end; this says nothing about the dump.
#[derive(Debug)]
pub(super) enum BodyError {
    Read(io::Error),
    Scratch(io::Error),
}

/// Reads, decompresses, decodes and hashes a body. `layers` is what it is compressed with, or why that is not
/// supported.
///
/// If the body could not be read to its end, the result of the decoder is discarded: a dump that arrived in part may
/// look like an invalid one, or like a shorter valid one.
pub(super) fn read<F: TypedFeed>(
    feed: &F,
    dump: &DumpName,
    layers: Result<Layers, RecordError>,
    input: &mut dyn Read,
) -> Result<DecodedBody<F::Content>, BodyError> {
    let size = Cell::new(0);
    let mut input = Hashed { input, hash: Sha256::new(), size: &size, failure: None };
    let decoded = match layers {
        Ok(layers) => {
            let mut body = Decompressed::open(&layers, &mut input, &size);
            let decoded = feed.decode(dump, &mut body);
            body.finish(decoded)
        }
        Err(error) => Err(error.into()),
    };
    if !matches!(decoded, Err(DecodeError::Scratch(_))) {
        // A decoder stops at the first error. Only the end of the body shows whether all of it arrived.
        let rest = io::copy(&mut input, &mut io::sink());
        if let Some(failure) = input.failure.take().or(rest.err()) {
            return Err(BodyError::Read(failure));
        }
    }
    let content = match decoded {
        Ok(content) => Ok(content),
        Err(DecodeError::Rejected(rejection)) => Err(rejection),
        Err(DecodeError::Read(error)) => return Err(BodyError::Read(error)),
        Err(DecodeError::Scratch(error)) => return Err(BodyError::Scratch(error)),
    };
    Ok(DecodedBody { content, sha256: input.hash.finalize(), size: size.get() })
}

struct Hashed<'r> {
    input: &'r mut dyn Read,
    hash: Sha256,
    size: &'r Cell<u64>,
    /// The first error of the input. Nothing is read after it.
    failure: Option<io::Error>,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_some() {
            return Err(broken());
        }
        match self.input.read(buffer) {
            Ok(read) => {
                self.hash.update(&buffer[..read]);
                self.size.set(self.size.get() + read as u64);
                Ok(read)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.failure = Some(error);
                Err(broken())
            }
        }
    }
}

/// The error that the decoder gets; the caller gets the original one.
fn broken() -> io::Error {
    io::Error::other("the body could not be read to its end")
}

#[cfg(test)]
mod tests;
