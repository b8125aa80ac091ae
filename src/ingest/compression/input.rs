//! Compressed bytes, of which the next can be looked at.

use std::io::{self, BufRead, Cursor, ErrorKind, Read};

use super::error::CompressionError;
use super::format::Format;

const BUFFER_BYTES: usize = 64 * 1024;

/// Bytes that are to be decompressed.
pub(super) struct Input<'r> {
    format: Format,
    reader: Box<dyn Read + 'r>,
    buffer: Box<[u8]>,
    /// `buffer[start..end]` is read, but not yet consumed.
    start: usize,
    end: usize,
    ended: bool,
    /// Whether more was wanted than there is.
    exhausted: bool,
    /// The first error of the reader: libraries wrap it in errors of their own.
    failure: Option<io::Error>,
}

impl<'r> Input<'r> {
    pub(super) fn new(format: Format, reader: Box<dyn Read + 'r>) -> Self {
        Self {
            format,
            reader,
            buffer: vec![0; BUFFER_BYTES].into(),
            start: 0,
            end: 0,
            ended: false,
            exhausted: false,
            failure: None,
        }
    }

    /// The next bytes without consuming them: as many as given, fewer only at the end.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.end - self.start < count && !self.ended {
            self.fill()?;
        }
        Ok(&self.buffer[self.start..self.end.min(self.start + count)])
    }

    /// The bytes as they are.
    pub(super) fn into_reader(self) -> Box<dyn Read + 'r> {
        let read = self.buffer[self.start..self.end].to_vec();
        Box::new(Cursor::new(read).chain(self.reader))
    }

    /// What an error of a library that reads from here means.
    pub(super) fn explain(&mut self, error: &dyn std::error::Error) -> io::Error {
        let format = self.format;
        if let Some(failure) = self.failure.take() {
            failure
        } else if self.exhausted {
            CompressionError::CutOff(format).into()
        } else {
            CompressionError::Damaged { format, cause: error.to_string() }.into()
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let read = loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        match read {
            Ok(read) => {
                self.end += read;
                self.ended = read == 0;
                Ok(())
            }
            Err(error) => {
                let kind = error.kind();
                self.ended = true;
                self.failure = Some(error);
                Err(kind.into())
            }
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end && !self.ended {
            self.fill()?;
        }
        self.exhausted |= self.start == self.end;
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
    }
}
