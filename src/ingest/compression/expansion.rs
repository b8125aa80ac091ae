//! Bounds by how much a body expands.

use std::cell::Cell;
use std::io::{self, Read};

use super::error::CompressionError;

/// How many times larger than its stored bytes a body may be.
///
/// Dumps are 15 to 40 times larger. One that is not compressed may have any size, so it is not the size that is
/// bounded, but what reading a dump costs for each byte that was delivered.
const MAX_RATIO: u64 = 200;

/// What a body may have in any case, in bytes: short ones may well be blank.
const ALLOWANCE: u64 = 1024 * 1024;

/// Reads what was decompressed, and fails once it is too much.
pub(super) struct Expansion<'r, R> {
    input: R,
    size: u64,
    /// Stored bytes of the whole body that were read so far.
    stored: &'r Cell<u64>,
}

impl<'r, R> Expansion<'r, R> {
    pub(super) fn new(input: R, stored: &'r Cell<u64>) -> Self {
        Self { input, size: 0, stored }
    }
}

impl<R: Read> Read for Expansion<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.size += read as u64;
        if self.size > ALLOWANCE + MAX_RATIO * self.stored.get() {
            return Err(CompressionError::Expansion { ratio: MAX_RATIO }.into());
        }
        Ok(read)
    }
}
