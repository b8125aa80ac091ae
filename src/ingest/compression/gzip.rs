//! Undoes gzip.

use std::io::{self, Read};
use std::mem;

use flate2::bufread::GzDecoder;

use super::error::CompressionError;
use super::format::{Format, SIGNATURE_BYTES};
use super::input::Input;

/// Decompresses a file of gzip: members, one after the other, and nothing else.
pub(super) enum Gzip<'r> {
    /// Before a member, or at the end.
    Between(Input<'r>),
    Member(GzDecoder<Input<'r>>),
    /// After an error.
    Failed,
}

impl<'r> Gzip<'r> {
    pub(super) fn new(input: Input<'r>) -> Self {
        Self::Between(input)
    }
}

impl Read for Gzip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match mem::replace(self, Self::Failed) {
                Self::Between(mut input) => match input.peek(SIGNATURE_BYTES) {
                    Ok([]) => {
                        *self = Self::Between(input);
                        return Ok(0);
                    }
                    Ok(next) if Format::Gzip.may_begin(next) => *self = Self::Member(GzDecoder::new(input)),
                    Ok(_) => return Err(CompressionError::Trailing(Format::Gzip).into()),
                    Err(error) => return Err(input.explain(&error)),
                },
                Self::Member(mut member) => match member.read(buffer) {
                    Ok(0) => *self = Self::Between(member.into_inner()),
                    Ok(read) => {
                        *self = Self::Member(member);
                        return Ok(read);
                    }
                    Err(error) => return Err(member.get_mut().explain(&error)),
                },
                Self::Failed => return Err(io::Error::other("gzip failed before")),
            }
        }
    }
}
