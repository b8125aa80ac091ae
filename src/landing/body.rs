//! A body on its way through its feed's decoder: hashed and counted.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

use crate::feed::{Content, DecodeError, DumpName, Feed, Refusal};

/// What came of reading a body to its end.
pub(super) struct Body {
    /// What it says, or why it is refused.
    pub(super) content: Result<Box<dyn Content>, Refusal>,
    /// SHA-256 of all of its bytes, also of what nobody wanted to read.
    pub(super) sha256: [u8; 32],
    /// How many bytes it had.
    pub(super) size: u64,
}

/// Why a body could not be read to its end; not the dump's fault.
pub(super) enum BodyError {
    Read(io::Error),
    Scratch(io::Error),
}

/// Reads, decodes and hashes a body.
pub(super) fn read(feed: &dyn Feed, dump: &DumpName, input: &mut dyn Read) -> Result<Body, BodyError> {
    let mut input = Hashed { input, hash: Sha256::new(), size: 0 };
    let content = match feed.decode(dump, &mut input) {
        Ok(content) => Ok(content),
        Err(DecodeError::Rejected(refusal)) => {
            io::copy(&mut input, &mut io::sink()).map_err(BodyError::Read)?;
            Err(refusal)
        }
        Err(DecodeError::Read(error)) => return Err(BodyError::Read(error)),
        Err(DecodeError::Scratch(error)) => return Err(BodyError::Scratch(error)),
    };
    Ok(Body { content, sha256: input.hash.finalize().into(), size: input.size })
}

struct Hashed<'r> {
    input: &'r mut dyn Read,
    hash: Sha256,
    size: u64,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.size += read as u64;
        Ok(read)
    }
}
