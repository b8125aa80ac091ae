//! Checks that a body has the size of its object in the listing.

use std::io::{self, Read};

use crate::source::SourceError;

/// Reads a body, and fails unless it has the listed number of bytes.
///
/// Anything on the way, such as a proxy, may cut off a body or replace it, with a matching `Content-Length` and the right
/// ETag. So what arrived is compared with the listing, for every source.
pub(super) struct SizedReader<R> {
    input: R,
    location: String,
    listed: u64,
    read: u64,
}

impl<R: Read> SizedReader<R> {
    /// `listed` is in bytes; `location` is for messages.
    pub(super) fn new(input: R, location: String, listed: u64) -> Self {
        Self { input, location, listed, read: 0 }
    }

    fn error(&self, arrived: &str) -> io::Error {
        let Self { location, listed, .. } = self;
        io::Error::other(SourceError::Transient(format!(
            "{location} has {listed} bytes in the listing, but {arrived} arrived: check proxies and gateways on the way to the source"
        )))
    }
}

impl<R: Read> Read for SizedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read += read as u64;
        if self.read > self.listed {
            Err(self.error("more"))
        } else if read == 0 && !buffer.is_empty() && self.read < self.listed {
            Err(self.error(&format!("only {}", self.read)))
        } else {
            Ok(read)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, listed: u64) -> Result<String, String> {
        let mut text = String::new();
        let mut exact = SizedReader::new(body.as_bytes(), "s3://b/k".to_owned(), listed);
        exact.read_to_string(&mut text).map(|_| text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_body_must_have_its_listed_size() {
        assert_eq!(read("abc", 3).as_deref(), Ok("abc"));
        assert_eq!(read("", 0).as_deref(), Ok(""));
        let short = read("abc", 4).unwrap_err();
        assert!(short.starts_with("s3://b/k has 4 bytes in the listing, but only 3 arrived"), "{short}");
        let long = read("abc", 2).unwrap_err();
        assert!(long.starts_with("s3://b/k has 2 bytes in the listing, but more arrived"), "{long}");
        assert!(read("", 1).is_err() && read("a", 0).is_err());
    }
}
