//! What the fuzz targets do with their bytes. They look for panics; whether what is decoded is right is what
//! `tests/it/mutations` looks at.

use std::io::{self, Read};

use landfall::feed::events::Events;
use landfall::feed::freight::Freight;
use landfall::feed::spot::Spot;
use landfall::feed::{Content as _, DecodeError, KeyMatch, TypedFeed};
use landfall::ingest::FEEDS;

/// Decodes some bytes as the dump with this key, whole and in small chunks: both must have the same result.
///
/// # Panics
///
/// If they do not, if the key is not that of a dump, or if reading fails, which no bytes can cause.
pub fn decode(key: &str, bytes: &[u8]) {
    let is_dump =
        decode_as(&Spot, key, bytes) || decode_as(&Freight, key, bytes) || decode_as(&Events, key, bytes);
    assert!(is_dump, "{key} is the key of a dump");
}

/// Returns whether the key is that of one of the feed's dumps.
fn decode_as<F: TypedFeed>(feed: &F, key: &str, bytes: &[u8]) -> bool {
    let KeyMatch::Dump(dump) = feed.match_key(key) else { return false };
    let decode = |body: &mut dyn Read| match feed.decode(&dump, body) {
        Ok(content) => Ok((content.records(), content.size_in_memory() > 0 || content.records() == 0)),
        Err(DecodeError::Rejected(rejection)) => Err(rejection),
        Err(error) => panic!("{error}"),
    };
    let whole = decode(&mut &*bytes);
    // Buffers grow in steps of their own; only what is decoded is to be equal.
    let in_small_reads = decode(&mut SmallReads(bytes));
    assert_eq!(whole, in_small_reads, "whole, and in small chunks");
    true
}

/// Matches a key with every feed. It must be a dump of one feed at most, also by its bare name.
///
/// # Panics
///
/// If it is not so.
pub fn match_key(key: &str) {
    let mut dumps = Vec::new();
    for feed in FEEDS {
        match feed.match_key(key) {
            KeyMatch::Dump(dump) => {
                assert_eq!(feed.match_key(&dump.name), KeyMatch::Dump(dump.clone()), "by its name");
                dumps.push(feed.name());
            }
            KeyMatch::Malformed(reason) => assert!(!reason.is_empty()),
            KeyMatch::Ignored => {}
        }
    }
    assert!(dumps.len() <= 1, "a dump of {dumps:?}");
}

/// Hands on a few bytes at a time.
struct SmallReads<'a>(&'a [u8]);

impl Read for SmallReads<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(7);
        self.0.read(&mut buffer[..length])
    }
}
