//! The formats of compression.

use std::fmt;

/// The longest signature of a format, in bytes.
pub(super) const SIGNATURE_BYTES: usize = 4;

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// How a skippable frame of zstd continues after its first byte.
const SKIPPABLE: &[u8] = b"\x2a\x4d\x18";

/// A format of compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Format {
    const ALL: [Self; 2] = [Self::Gzip, Self::Zstd];

    /// How keys of compressed objects end.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }

    /// The format that the suffix of a key says.
    pub(super) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| key.ends_with(format.suffix()))
    }

    /// Whether a body, or a later part of one, may begin with these bytes: four, unless they are all there is.
    pub(super) fn may_begin(self, begin: &[u8]) -> bool {
        match self {
            Self::Gzip => GZIP.starts_with(&begin[..begin.len().min(GZIP.len())]),
            Self::Zstd => ZSTD.starts_with(begin) || is_skippable_frame(begin),
        }
    }

    /// The format that one value of `Content-Encoding` says.
    pub(super) fn of_encoding(value: &str) -> Option<Self> {
        match value {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// Whether a frame of zstd begins so that decoders pass over.
pub(super) fn is_skippable_frame(begin: &[u8]) -> bool {
    matches!(begin, [0x50..=0x5f, rest @ ..] if SKIPPABLE.starts_with(rest))
}

/// A key without the suffix of a compression: feeds see keys as if nothing were compressed.
pub(in crate::ingest) fn strip_suffix(key: &str) -> &str {
    Format::of_key(key).and_then(|format| key.strip_suffix(format.suffix())).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_suffix_is_taken_off() {
        for (key, stripped) in [
            ("a/b.json", "a/b.json"),
            ("a/b.json.gz", "a/b.json"),
            ("a/b.json.zst", "a/b.json"),
            ("b.json.gz.gz", "b.json.gz"),
            ("b.json.GZ", "b.json.GZ"),
            ("b.json.gz/c", "b.json.gz/c"),
            (".gz", ""),
        ] {
            assert_eq!(strip_suffix(key), stripped);
        }
    }
}
