//! A scratch file whose content is to be an object.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;

use crate::hex::hex;
use crate::sha256::Sha256;

/// A file with its size and hash.
#[derive(Debug)]
pub struct HashedFile {
    file: File,
    size: u64,
    sha256: [u8; 32],
}

/// Writes a scratch file, which has no name and is gone with this process.
pub struct HashingWriter {
    file: BufWriter<File>,
    size: u64,
    sha256: Sha256,
}

impl HashingWriter {
    /// An empty file in the directory for temporary files.
    pub fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::new(tempfile::tempfile()?), size: 0, sha256: Sha256::new() })
    }

    /// The file, which is complete.
    pub fn finish(self) -> io::Result<HashedFile> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(HashedFile { file, size: self.size, sha256: self.sha256.finalize() })
    }
}

impl Write for HashingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sha256.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl HashedFile {
    /// In bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Of its bytes.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// The same in hexadecimal digits.
    pub fn sha256_hex(&self) -> String {
        hex(&self.sha256)
    }

    /// The file, to be read by position.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Reads it from the beginning, whoever else reads it.
    pub(super) fn reader(&self) -> impl Read {
        Reader { file: &self.file, position: 0 }
    }
}

struct Reader<'f> {
    file: &'f File,
    position: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}
