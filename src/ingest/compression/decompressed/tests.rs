//! Bodies as tools make them, and as accidents leave them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;

/// `{"a": 1}` and the like, so often that every format has something to refer back to.
fn text() -> Vec<u8> {
    (0..20_000).flat_map(|number: u32| format!("{{\"price\": {}}}\n", number % 977).into_bytes()).collect()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

/// A frame that decoders pass over, as pzstd writes them.
fn skippable(length: u32) -> Vec<u8> {
    [b"\x53\x2a\x4d\x18".as_slice(), &length.to_le_bytes(), &vec![0x1f; length as usize]].concat()
}

/// Reads as a slow network does.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.1.min(buffer.len());
        self.0.read(&mut buffer[..length])
    }
}

/// The content of a body, or why it is rejected. The decoder takes every error for the end.
fn read(key: &str, encoding: Option<&str>, body: &[u8]) -> Result<Vec<u8>, String> {
    let read_by = |step: usize| {
        let stored = Cell::new(0);
        let input = Counted(Trickle(body, step), &stored);
        let mut body = Decompressed::open(&Layers::of(key, encoding).unwrap(), input, &stored);
        let mut content = Vec::new();
        let _ = body.read_to_end(&mut content);
        body.finish(Ok(content)).map_err(|error| error.to_string())
    };
    let all = read_by(usize::MAX);
    if body.len() < 100_000 {
        assert_eq!(read_by(1), all);
    }
    all
}

struct Counted<'c, R>(R, &'c Cell<u64>);

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.1.set(self.1.get() + read as u64);
        Ok(read)
    }
}

#[track_caller]
fn is_rejected(key: &str, encoding: Option<&str>, body: &[u8], reason: &str) {
    let found = read(key, encoding, body).map(|content| content.len());
    assert!(matches!(&found, Err(found) if found.contains(reason)), "{found:?} instead of {reason}");
}

#[test]
fn what_the_name_or_the_encoding_says_is_undone() {
    let text = text();
    for (key, encoding, body) in [
        ("a.json", None, text.clone()),
        ("a.json", Some("identity"), text.clone()),
        ("a.json.gz", None, gzip(&text)),
        ("a.json.zst", None, zstd(&text)),
        ("a.json", Some("gzip"), gzip(&text)),
        ("a.json", Some("aws-chunked,zstd"), zstd(&text)),
        // Compressed twice: the encoding is undone first.
        ("a.json.gz", Some("gzip"), gzip(&gzip(&text))),
        ("a.json.zst", Some("gzip"), gzip(&zstd(&text))),
        ("a.json.gz", Some("zstd"), zstd(&gzip(&text))),
        // Compressed once, and said twice.
        ("a.json.gz", Some("gzip"), gzip(&text)),
        ("a.json.zst", Some("zstd"), zstd(&text)),
    ] {
        assert!(read(key, encoding, &body).as_ref() == Ok(&text), "{key} {encoding:?}");
    }
}

#[test]
fn files_may_have_several_members_and_frames_and_be_empty() {
    let both = [text(), b"end".to_vec()].concat();
    assert!(read("a.gz", None, &[gzip(&text()), gzip(b""), gzip(b"end")].concat()).as_ref() == Ok(&both));
    let frames = [skippable(0), zstd(&text()), skippable(70_000), zstd(b"end"), skippable(3)].concat();
    assert!(read("a.zst", None, &frames).as_ref() == Ok(&both));
    for (key, body) in [
        ("a.gz", vec![]),
        ("a.gz", gzip(b"")),
        ("a.zst", vec![]),
        ("a.zst", zstd(b"")),
        ("a.zst", skippable(9)),
    ] {
        assert_eq!(read(key, None, &body), Ok(vec![]), "{key} {body:?}");
        assert_eq!(read(key, Some(if key == "a.gz" { "gzip" } else { "zstd" }), &body), Ok(vec![]));
    }
}

#[test]
fn what_is_not_as_it_says_is_rejected() {
    is_rejected(
        "a.json.gz",
        None,
        b"[]",
        "the name ends in .gz, but the content is not compressed with gzip: ",
    );
    is_rejected(
        "a.json.zst",
        None,
        &gzip(b"[]"),
        "the name ends in .zst, but the content is not compressed with zstd: ",
    );
    is_rejected(
        "a.json",
        Some("gzip"),
        b"[]",
        "the Content-Encoding is gzip, but the content is not compressed with gzip: ",
    );
    is_rejected("a.json.zst", Some("gzip"), &zstd(b"[]"), "the Content-Encoding is gzip, but");
    is_rejected("a.json.zst", Some("gzip"), &gzip(b"[]"), "the name ends in .zst, but");
}

/// Every prefix: none looks like the whole.
#[test]
fn what_is_cut_off_is_rejected() {
    let short = &text()[..700];
    for (key, whole) in [
        ("a.gz", gzip(short)),
        ("a.gz", [gzip(b"x"), gzip(short)].concat()),
        ("a.zst", zstd(short)),
        ("a.zst", [zstd(b"x"), skippable(5), zstd(short)].concat()),
    ] {
        let first = if key == "a.gz" { gzip(b"x").len() } else { zstd(b"x").len() };
        for length in 1..whole.len() {
            // A file may end where a member does.
            match read(key, None, &whole[..length]) {
                Err(reason) => {
                    assert!(reason.starts_with("the dump is cut off: what "), "{key} {length}: {reason}")
                }
                Ok(content) => {
                    assert!(content == b"x" && (length == first || length == first + 13), "{key} {length}")
                }
            }
        }
    }
    is_rejected(
        "a.json.zst",
        Some("gzip"),
        &gzip(&zstd(short)[..300.min(zstd(short).len() - 1)]),
        "what zstd compressed does not end",
    );
    let twice = gzip(&zstd(short));
    is_rejected("a.json.zst", Some("gzip"), &twice[..twice.len() - 9], "what gzip compressed does not end");
}

#[test]
fn bytes_after_the_end_are_rejected() {
    for tail in [&b"\0\0\0\0"[..], b"\n", b"[]", b"\x1f\x8c", b"\x50\x2a\x4d\x19"] {
        is_rejected(
            "a.gz",
            None,
            &[&gzip(b"[]"), tail].concat(),
            "bytes follow the end of what gzip compressed",
        );
        is_rejected(
            "a.zst",
            None,
            &[&zstd(b"[]"), tail].concat(),
            "bytes follow the end of what zstd compressed",
        );
    }
}

/// Whatever a bit flip does: the content is the same or the dump is rejected, and nothing panics.
#[test]
fn damage_never_changes_the_content() {
    let short = &text()[..3_000];
    for (key, whole) in [("a.gz", gzip(short)), ("a.zst", zstd(short))] {
        let mut rejected = 0;
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let stored = Cell::new(u64::from(u32::MAX));
            let layers = Layers::of(key, None).unwrap();
            let mut body = Decompressed::open(&layers, damaged.as_slice(), &stored);
            let mut content = Vec::new();
            let _ = body.read_to_end(&mut content);
            match body.finish(Ok(content)) {
                // A time, the name of an operating system, a flag of no consequence.
                Ok(content) => assert!(content == short, "{key}: bit {bit} changed the content"),
                Err(_) => rejected += 1,
            }
        }
        assert!(rejected > whole.len() * 7, "{key}: {rejected} of {}", whole.len() * 8);
    }
}

#[test]
fn a_bomb_is_rejected_and_short_or_blank_dumps_are_not() {
    let blank = vec![b' '; 1024 * 1024];
    let reason = "the content is more than 200 times as large as it is compressed";
    let bomb = vec![b' '; 8 * 1024 * 1024];
    is_rejected("a.gz", None, &gzip(&bomb), reason);
    is_rejected("a.zst", None, &zstd(&bomb), reason);
    is_rejected("a.gz", Some("gzip"), &gzip(&gzip(&bomb)), reason);
    assert_eq!(read("a.gz", None, &gzip(&blank)).map(|content| content.len()), Ok(blank.len()));
    assert_eq!(read("a.zst", None, &zstd(&blank)).map(|content| content.len()), Ok(blank.len()));
}

/// A frame that says of itself that it needs so much memory, in the form of RFC 8878: window 2^(10 + exponent).
#[test]
fn large_windows_are_rejected_before_they_take_memory() {
    let frame = |exponent: u8| [MAGIC, &[0, exponent << 3], &[1, 0, 0]].concat();
    const MAGIC: &[u8] = b"\x28\xb5\x2f\xfd";
    assert_eq!(read("a.zst", None, &frame(13)), Ok(vec![]));
    is_rejected("a.zst", None, &frame(14), "zstd needs a window of 16777216 bytes, more than 8388608: ");
    is_rejected("a.zst", None, &frame(31), "zstd");
}
