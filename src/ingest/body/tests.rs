//! What a decoder says counts only if it saw the whole body.

use std::fs;
use std::io::Write;
use std::path::Path;

use diesel::{PgConnection, QueryResult};
use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use sha2::{Digest, Sha256};

use crate::feed::freight::Freight;
use crate::feed::spot::Spot;
use crate::feed::{
    Content, Counts, Feed, KeyMatch, PendingDump, RecordError, WithdrawnRows, WriteError, Writer,
};
use crate::ledger::Scope;

use super::*;

/// A feed whose decoder does what a test wants.
struct Stubborn(Decode);

type Decode = fn(&mut dyn Read) -> Result<Nothing, DecodeError>;

struct Nothing;

impl Content for Nothing {
    fn records(&self) -> u64 {
        0
    }

    fn size_in_memory(&self) -> usize {
        0
    }
}

impl Writer<Nothing> for Nothing {
    fn write(
        &mut self,
        _: &mut PgConnection,
        _: Vec<PendingDump<'_, Nothing>>,
    ) -> Result<Vec<Result<Counts, Rejection>>, WriteError> {
        unreachable!("nothing is written")
    }
}

impl Feed for Stubborn {
    fn name(&self) -> &'static str {
        "stubborn"
    }

    fn match_key(&self, _key: &str) -> KeyMatch {
        KeyMatch::Ignored
    }

    fn count_rows(&self, _: &mut PgConnection) -> QueryResult<i64> {
        unreachable!()
    }

    fn withdraw(&self, _: &mut PgConnection, _: &[i32]) -> Result<WithdrawnRows, WriteError> {
        unreachable!("nothing is written")
    }
}

impl TypedFeed for Stubborn {
    type Content = Nothing;
    type Writer = Nothing;

    fn decode(&self, _dump: &DumpName, body: &mut dyn Read) -> Result<Nothing, DecodeError> {
        (self.0)(body)
    }

    fn writer(&self) -> Nothing {
        Nothing
    }
}

/// Gives some bytes, then an error, then an end as if all were well.
struct Breaking<'b>(&'b [u8], Option<io::Error>);

impl Read for Breaking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => self.1.take().map_or(Ok(0), Err),
            read => Ok(read),
        }
    }
}

/// Reads a body as the dump with this key, if it is one of the feed's.
fn read_as<F: TypedFeed>(feed: &F, key: &str, body: &[u8]) -> Option<Result<(), BodyError>> {
    let KeyMatch::Dump(dump) = feed.match_key(key) else { return None };
    Some(read(feed, &dump, Ok(Layers::default()), &mut breaking(body)).map(drop))
}

fn reject() -> DecodeError {
    RecordError::of_dump("wrong").into()
}

fn breaking(bytes: &[u8]) -> Breaking<'_> {
    Breaking(bytes, Some(io::Error::from(ErrorKind::ConnectionReset)))
}

#[track_caller]
fn is_reset(result: Result<(), BodyError>) {
    match result {
        Err(BodyError::Read(error)) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        Err(BodyError::Scratch(error)) => panic!("{error}"),
        Ok(()) => panic!("it was read to its end"),
    }
}

#[test]
fn an_error_of_the_connection_wins_over_whatever_the_decoder_says() {
    let any = DumpName { scope: Scope::default(), period: None, name: "x".to_owned() };
    // One that does not even read, one that takes the error for the dump's, one that takes it for the end.
    for decode in [
        (|_| Err(reject())) as Decode,
        |body| {
            let _ = io::copy(body, &mut io::sink());
            Err(reject())
        },
        |body| {
            let _ = io::copy(body, &mut io::sink());
            Ok(Nothing)
        },
    ] {
        is_reset(read(&Stubborn(decode), &any, Ok(Layers::default()), &mut breaking(b"abc")).map(drop));
    }
}

#[test]
fn every_decoder_hands_on_an_error_of_the_connection() {
    for (key, bytes) in [
        ("spotprices_20200504_123456789012_eu-west-3.json", &b"[{\"Avail"[..]),
        ("spotprices_20200504_123456789012_eu-west-3.json", b"[]"),
        ("spotprices_20200504_123456789012_eu-west-3.json", b"<html>"),
        ("freightrates_20210201_1.csv", b"orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-01-01,1"),
        ("freightrates_20210201_1.csv", b"nonsense\n"),
        ("freightrates_20210201_1.json", b"[{\"orig_code\""),
        ("freightrates_20210201_1.ndjson", b"{\"orig_code\""),
        ("rates.sql", b"COPY public.prices (orig_code, dest_code, day, price) FROM stdin;\n"),
    ] {
        let read = read_as(&Spot, key, bytes).or_else(|| read_as(&Freight, key, bytes));
        is_reset(read.unwrap());
    }
}

#[test]
fn the_hash_is_that_of_all_bytes_though_the_decoder_read_none() {
    let any = DumpName { scope: Scope::default(), period: None, name: "x".to_owned() };
    let body = read(&Stubborn(|_| Ok(Nothing)), &any, Ok(Layers::default()), &mut &b"abc"[..]).unwrap();
    assert_eq!((body.size, body.sha256), (3, Sha256::digest(b"abc").into()));
}

/// What becomes of a body: its records, or why it is rejected.
fn outcome<F: TypedFeed>(feed: &F, key: &str, suffix: &str, mut body: &[u8]) -> Result<u64, String> {
    let KeyMatch::Dump(dump) = feed.match_key(key) else { panic!("{key}") };
    let read = read(feed, &dump, Layers::of(&format!("{key}{suffix}"), None), &mut body).unwrap();
    read.content.map(|content| content.records()).map_err(|rejection| rejection.to_string())
}

/// Reads every fixture of a feed as it is, and compressed.
fn compare<F: TypedFeed>(feed: &F, key: impl Fn(&str) -> String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/feed").join(feed.name()).join("fixtures");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let (body, key) = (fs::read(&path).unwrap(), key(path.extension().unwrap().to_str().unwrap()));
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&body).unwrap();
        let plain = outcome(feed, &key, "", &body);
        assert_eq!(outcome(feed, &key, ".gz", &gzip.finish().unwrap()), plain, "{path:?}");
        let zstd = compress_to_vec(body.as_slice(), CompressionLevel::Fastest);
        assert_eq!(outcome(feed, &key, ".zst", &zstd), plain, "{path:?}");
    }
}

#[test]
fn every_fixture_is_decoded_compressed_as_it_is_uncompressed() {
    compare(&Spot, |extension| format!("spotprices_20181030_604329154527_us-west-2.{extension}"));
    compare(&Freight, |extension| match extension {
        "sql" => "rates.sql".to_owned(),
        other => format!("freightrates_20210201_1.{other}"),
    });
}

/// What the decoder took for the end of the dump, or for an error of it, does not count if it came from the
/// compression.
#[test]
fn an_error_of_the_compression_wins_over_whatever_the_decoder_says() {
    let any = DumpName { scope: Scope::default(), period: None, name: "x".to_owned() };
    let decoders: [Decode; 3] = [
        |_| Ok(Nothing),
        |body| {
            let _ = io::copy(body, &mut io::sink());
            Ok(Nothing)
        },
        |body| {
            let _ = io::copy(body, &mut io::sink());
            Err(reject())
        },
    ];
    for decode in decoders {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(b"content").unwrap();
        let gzip = gzip.finish().unwrap();
        let cut = &gzip[..gzip.len() - 1];
        let body = read(&Stubborn(decode), &any, Layers::of("x.gz", None), &mut &*cut).unwrap();
        let reason = body.content.map(drop).unwrap_err().to_string();
        assert_eq!(reason, "the dump is cut off: what gzip compressed does not end");
        assert_eq!((body.size, body.sha256), (cut.len() as u64, Sha256::digest(cut).into()));
        // If the connection broke, nothing is known of the dump.
        let broken = read(&Stubborn(decode), &any, Layers::of("x.gz", None), &mut breaking(cut));
        is_reset(broken.map(drop));
    }
}
