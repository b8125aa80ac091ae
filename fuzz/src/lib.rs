//! What the fuzz targets do with their bytes. They look for panics; whether what is decoded is right is what
//! `tests/it/mutations` looks at.

use std::io::{self, Read};

use landfall::feed::{Claim, DecodeError, FEEDS};

/// Decodes some bytes as the dump with this key, whole and in small pieces: both must come to the same.
///
/// # Panics
///
/// If they do not, if the key is no dump's, or if reading fails, which no bytes can be the reason for.
pub fn decode(key: &str, bytes: &[u8]) {
    let decode = |body: &mut dyn Read| {
        let (feed, dump) = FEEDS
            .iter()
            .find_map(|feed| match feed.claim(key) {
                Claim::Dump(dump) => Some((feed, dump)),
                Claim::Foreign | Claim::Malformed(_) => None,
            })
            .expect("a key of a dump");
        match feed.decode(&dump, body) {
            Ok(content) => Ok((content.records(), content.weight() > 0 || content.records() == 0)),
            Err(DecodeError::Rejected(refusal)) => Err(refusal),
            Err(error) => panic!("{error}"),
        }
    };
    let whole = decode(&mut &*bytes);
    // Buffers grow in steps of their own; only what is decoded is to be equal.
    let pieces = decode(&mut Pieces(bytes));
    assert_eq!(whole, pieces, "whole, and in pieces");
}

/// Asks every feed what a key is. A dump must be claimed by one feed at most, also by its bare name.
///
/// # Panics
///
/// If it is not so.
pub fn claim(key: &str) {
    let mut dumps = Vec::new();
    for feed in FEEDS {
        match feed.claim(key) {
            Claim::Dump(dump) => {
                assert_eq!(feed.claim(&dump.name), Claim::Dump(dump.clone()), "by its name");
                dumps.push(feed.name());
            }
            Claim::Malformed(reason) => assert!(!reason.is_empty()),
            Claim::Foreign => {}
        }
    }
    assert!(dumps.len() <= 1, "claimed by {dumps:?}");
}

/// Hands on a few bytes at a time.
struct Pieces<'a>(&'a [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(7);
        self.0.read(&mut buffer[..length])
    }
}
