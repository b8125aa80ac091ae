//! What a body is compressed with.

use std::cell::Cell;
use std::io::{self, Read};

use crate::feed::RecordError;

use super::error::CompressionError;
use super::expansion::Expansion;
use super::format::{Format, SIGNATURE_BYTES};
use super::gzip::Gzip;
use super::input::Input;
use super::zstd::Zstd;

/// What a body is compressed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::ingest) struct Layers {
    /// What the `Content-Encoding` says. It is undone first, as HTTP wants it.
    encoding: Option<Format>,
    /// What the suffix of the key says.
    suffix: Option<Format>,
}

impl Layers {
    /// What an object is compressed with, or why it is rejected.
    pub(in crate::ingest) fn of(key: &str, content_encoding: Option<&str>) -> Result<Self, RecordError> {
        Ok(Self { encoding: encoding(content_encoding.unwrap_or_default())?, suffix: Format::of_key(key) })
    }

    /// Reads a body decompressed. `stored` is how many of its stored bytes were read so far.
    pub(super) fn open<'r>(
        &self,
        body: Box<dyn Read + 'r>,
        stored: &'r Cell<u64>,
    ) -> io::Result<Box<dyn Read + 'r>> {
        let Self { encoding, suffix } = *self;
        let mut body = body;
        if let Some(format) = encoding {
            body = undo(format, body, stored, || Err(CompressionError::NotAsEncoded(format)))?;
        }
        if let Some(format) = suffix {
            // Many tools set the encoding that the name of a file says: then it is compressed only once.
            let same = encoding == Some(format);
            body = undo(format, body, stored, || {
                if same { Ok(()) } else { Err(CompressionError::NotAsNamed(format)) }
            })?;
        }
        Ok(body)
    }
}

/// Undoes one compression, unless there are no bytes. `otherwise` says whether other bytes are accepted as they are.
fn undo<'r>(
    format: Format,
    body: Box<dyn Read + 'r>,
    stored: &'r Cell<u64>,
    otherwise: impl FnOnce() -> Result<(), CompressionError>,
) -> io::Result<Box<dyn Read + 'r>> {
    let mut input = Input::new(format, body);
    let is_begun = match input.peek(SIGNATURE_BYTES) {
        Ok(begin) => begin.is_empty() || format.may_begin(begin),
        Err(error) => return Err(input.explain(&error)),
    };
    if !is_begun {
        otherwise()?;
        return Ok(input.into_reader());
    }
    Ok(match format {
        Format::Gzip => Box::new(Expansion::new(Gzip::new(input), stored)),
        Format::Zstd => Box::new(Expansion::new(Zstd::new(input), stored)),
    })
}

/// Values that say nothing of a compression: `aws-chunked` is how S3 received the object, and no part of what it
/// stored; many writers set the encoding of the text here.
const NO_COMPRESSION: &[&str] = &["", "identity", "aws-chunked", "utf-8", "utf8"];

/// The compression that a `Content-Encoding` says.
fn encoding(header: &str) -> Result<Option<Format>, RecordError> {
    let values = header.split(',').map(|value| value.trim().to_ascii_lowercase());
    let mut values = values.filter(|value| !NO_COMPRESSION.contains(&value.as_str()));
    let Some(first) = values.next() else { return Ok(None) };
    match (Format::of_encoding(&first), values.next()) {
        (Some(format), None) => Ok(Some(format)),
        _ => Err(RecordError::of_dump(format!(
            "the Content-Encoding is {header:?}: deliver it as it is, or compressed with gzip or zstd"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_and_suffixes_are_recognized() {
        let of = |key, header| Layers::of(key, header).unwrap();
        let layers = |encoding, suffix| Layers { encoding, suffix };
        let (gzip, zstd) = (Some(Format::Gzip), Some(Format::Zstd));
        for (key, suffix) in
            [("a.json", None), ("a.json.gz", gzip), ("a.csv.zst", zstd), ("a.gz/b.json", None)]
        {
            for none in [
                None,
                Some(""),
                Some("identity"),
                Some("aws-chunked"),
                Some("UTF-8"),
                Some(" aws-chunked , Identity,"),
            ] {
                assert_eq!(of(key, none), layers(None, suffix), "{key} {none:?}");
            }
            for header in ["gzip", "GZip", "x-gzip", "aws-chunked,gzip", "gzip,aws-chunked", "gzip,"] {
                assert_eq!(of(key, Some(header)), layers(gzip, suffix), "{key} {header}");
            }
            assert_eq!(of(key, Some("aws-chunked, zstd")), layers(zstd, suffix));
        }
    }

    #[test]
    fn other_encodings_are_rejected() {
        for header in ["br", "deflate", "compress", "gzip, gzip", "zstd,gzip", "aws-chunked, br"] {
            let error = Layers::of("a.json", Some(header)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("the Content-Encoding is {header:?}: ")), "{error}");
        }
    }
}
