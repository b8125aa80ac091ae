//! Compresses dumps.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// What names of dumps may end with: nothing, or the suffix of a compression.
pub(crate) const SUFFIXES: &[&str] = &["", ".gz", ".zst"];

/// A body as a name with this suffix has it.
pub(crate) fn compressed(suffix: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    match suffix {
        "" => body.as_ref().to_vec(),
        ".gz" => gzip(body),
        ".zst" => zstd(body),
        other => panic!("{other} is no suffix of a compression"),
    }
}

pub(crate) fn gzip(body: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body.as_ref()).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstd(body: impl AsRef<[u8]>) -> Vec<u8> {
    compress_to_vec(body.as_ref(), CompressionLevel::Fastest)
}
