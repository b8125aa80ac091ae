//! Looks at the first bytes of a dump: finds where its text begins, and rejects formats that no decoder reads.

use std::io::{Chain, Cursor, Read};

use super::{DecodeError, RecordError};

/// Bytes looked at: enough for an HTML page that begins with some white space.
const HEAD_BYTES: u64 = 256;

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// First bytes of formats that are not read, their names, and what to do.
///
/// Longer signatures come before those they begin with.
const BINARY_SIGNATURES: &[(&[u8], &str, &str)] = &[
    (
        b"\x1f\x8b",
        "compressed with gzip",
        "say so by .gz after its name or by Content-Encoding, or deliver it uncompressed",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "compressed with zstd",
        "say so by .zst after its name or by Content-Encoding, or deliver it uncompressed",
    ),
    (b"PK\x03\x04", "a ZIP archive", UNCOMPRESSED),
    (b"PK\x05\x06", "an empty ZIP archive", UNCOMPRESSED),
    (b"BZh", "compressed with bzip2", UNCOMPRESSED),
    (b"\xfd7zXZ\x00", "compressed with xz", UNCOMPRESSED),
    (b"\x04\x22\x4d\x18", "compressed with LZ4", UNCOMPRESSED),
    (b"PGDMP", "an archive of pg_dump", "write it with `pg_dump --format=plain`"),
    (b"PAR1", "a Parquet file", "deliver it in the format that its name says"),
    (b"\xff\xfe\x00\x00", "encoded in UTF-32", UTF8),
    (b"\x00\x00\xfe\xff", "encoded in UTF-32", UTF8),
    (b"\xff\xfe", "encoded in UTF-16", UTF8),
    (b"\xfe\xff", "encoded in UTF-16", UTF8),
];
const UNCOMPRESSED: &str = "deliver it uncompressed, or compressed with gzip or zstd";
const UTF8: &str = "deliver it in UTF-8";

/// How markup begins, in lower case.
const MARKUP_SIGNATURES: &[(&str, &str)] =
    &[("<!doctype html", HTML), ("<html", HTML), ("<head", HTML), ("<?xml", XML), ("<error>", XML)];
const HTML: &str = "an HTML page, such as a proxy or a login page returns, and not a dump";
const XML: &str = "an XML document, such as an error message of S3, and not a dump";

/// A dump from where its text begins.
pub(super) struct Text<'r> {
    pub(super) body: Chain<Cursor<Vec<u8>>, &'r mut dyn Read>,
    /// Offset in the dump of the first byte of `body`: a byte order mark is skipped.
    pub(super) offset: u64,
}

/// Looks at the first bytes of a dump; rejects what cannot be the text of one, and says what it is instead.
pub(super) fn open(body: &mut dyn Read) -> Result<Text<'_>, DecodeError> {
    let mut head = Vec::new();
    (&mut *body).take(HEAD_BYTES).read_to_end(&mut head).map_err(DecodeError::Read)?;
    let mut text = head.as_slice();
    text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let offset = (head.len() - text.len()) as u64;
    if let Some((what, advice)) = identify(text) {
        let reason = format!("the content is {what}: {advice}");
        return Err(RecordError { reason, offset: Some(0), ..RecordError::default() }.into());
    }
    let mut head = Cursor::new(head);
    head.set_position(offset);
    Ok(Text { body: head.chain(body), offset })
}

/// What some first bytes are if they are not the beginning of a dump, and what to do about it.
fn identify(head: &[u8]) -> Option<(&'static str, &'static str)> {
    if let Some((_, what, advice)) =
        BINARY_SIGNATURES.iter().find(|(signature, ..)| head.starts_with(signature))
    {
        return Some((what, advice));
    }
    if head.starts_with(BYTE_ORDER_MARK) {
        return Some(("marked twice by a byte order mark", "write one, or better none"));
    }
    // Without a mark, ASCII in UTF-16 shows in its zeros.
    if let [0, 1..=127, 0, 1..=127, ..] | [1..=127, 0, 1..=127, 0, ..] = head {
        return Some(("encoded in UTF-16", UTF8));
    }
    let start = String::from_utf8_lossy(head).trim_start().to_ascii_lowercase();
    MARKUP_SIGNATURES
        .iter()
        .find(|(signature, _)| start.starts_with(signature))
        .map(|(_, what)| (*what, "deliver the dump itself"))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::feed::samples::Trickle;

    /// The text and where it begins, or the reason why there is none.
    fn read(bytes: &[u8]) -> Result<(Vec<u8>, u64), String> {
        let mut trickle = Trickle(bytes, 1);
        let mut text = open(&mut trickle).map_err(|error| error.to_string())?;
        let mut rest = Vec::new();
        text.body.read_to_end(&mut rest).unwrap();
        Ok((rest, text.offset))
    }

    #[test]
    fn text_is_passed_on_without_its_mark() {
        let long = b"[".repeat(1_000);
        assert_eq!(read(&long), Ok((long, 0)));
        assert_eq!(read(b"\xEF\xBB\xBF[]"), Ok((b"[]".to_vec(), 3)));
        for text in [&b""[..], b"[", b"\xEF", b"\xEF\xBB", b"\x1f", b"P", b"<", b"[\0", b"<b>", b" [ <html>"]
        {
            assert_eq!(read(text), Ok((text.to_vec(), 0)), "{text:?}");
        }
    }

    #[test]
    fn other_formats_are_named() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
        for (bytes, what) in [
            (
                &b"\x1f\x8b\x08\0"[..],
                "compressed with gzip: say so by .gz after its name or by Content-Encoding",
            ),
            (b"\x28\xb5\x2f\xfd\x04", "compressed with zstd"),
            (b"PK\x03\x04\x14", "a ZIP archive"),
            (b"BZh91AY&SY", "compressed with bzip2"),
            (b"\xfd7zXZ\0\0", "compressed with xz"),
            (b"PGDMP\x01", "pg_dump --format=plain"),
            (b"\xff\xfe[\0]\0", "encoded in UTF-16: deliver it in UTF-8"),
            (b"\xff\xfe\0\0[\0\0\0", "encoded in UTF-32"),
            (b"[\0]\0", "encoded in UTF-16"),
            (&utf16("\u{feff}[]"), "encoded in UTF-16"),
            (&utf16("[]"), "encoded in UTF-16"),
            (b"\xEF\xBB\xBF\xEF\xBB\xBF[]", "marked twice"),
            (b"\r\n  <!DOCTYPE html><html>", "an HTML page"),
            (b"<HTML lang=en>", "an HTML page"),
            (b"\xEF\xBB\xBF<html>", "an HTML page"),
            (b"<?xml version=\"1.0\"?><Error>", "an error message of S3"),
        ] {
            let reason = read(bytes).unwrap_err();
            assert!(reason.contains(what) && reason.ends_with("(at byte 0)"), "{bytes:?}: {reason}");
        }
    }

    #[test]
    fn a_broken_connection_does_not_reject_the_dump() {
        struct Breaks;
        impl Read for Breaks {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("reset"))
            }
        }
        assert!(matches!(open(&mut b"[".as_slice().chain(Breaks)), Err(DecodeError::Read(_))));
    }
}
