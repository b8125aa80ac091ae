//! A body on its way through its feed's decoder: hashed and counted.

use std::io::{self, ErrorKind, Read};

use sha2::{Digest, Sha256};

use crate::feed::{DecodeError, DumpName, Rejection, TypedFeed};

/// A body that was read to its end.
pub(super) struct DecodedBody<C> {
    /// What it says, or why it is rejected.
    pub(super) content: Result<C, Rejection>,
    /// SHA-256 of all of its bytes, also of what nobody wanted to read.
    pub(super) sha256: [u8; 32],
    /// How many bytes it had.
    pub(super) size: u64,
}

/// Why a body could not be read to its end; not the dump's fault.
#[derive(Debug)]
pub(super) enum BodyError {
    Read(io::Error),
    Scratch(io::Error),
}

/// Reads, decodes and hashes a body.
///
/// What the decoder says of a body that could not be read to its end does not count: a dump that arrived in
/// part looks like one that is wrong, or like a shorter one that is right.
pub(super) fn read<F: TypedFeed>(
    feed: &F,
    dump: &DumpName,
    input: &mut dyn Read,
) -> Result<DecodedBody<F::Content>, BodyError> {
    let mut input = Hashed { input, hash: Sha256::new(), size: 0, failure: None };
    let decoded = feed.decode(dump, &mut input);
    if !matches!(decoded, Err(DecodeError::Scratch(_))) {
        // Decoders stop where a dump is wrong. Whether all of it arrived shows only at its end.
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
    Ok(DecodedBody { content, sha256: input.hash.finalize().into(), size: input.size })
}

struct Hashed<'r> {
    input: &'r mut dyn Read,
    hash: Sha256,
    size: u64,
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
                self.size += read as u64;
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

/// What a decoder gets to see of an error that is kept for the caller.
fn broken() -> io::Error {
    io::Error::other("the body could not be read to its end")
}

#[cfg(test)]
mod tests;
