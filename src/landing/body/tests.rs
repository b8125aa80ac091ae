//! What a decoder says counts only if it saw the whole body.

use diesel::{PgConnection, QueryResult};

use crate::feed::{Claim, FEEDS, Lander, Rejection, TakenBack};

use super::*;

/// A feed whose decoder does what a test wants.
struct Stubborn(Decode);

type Decode = fn(&mut dyn Read) -> Result<Box<dyn Content>, DecodeError>;

struct Nothing;

impl Content for Nothing {
    fn records(&self) -> u64 {
        0
    }

    fn weight(&self) -> usize {
        0
    }
}

impl Feed for Stubborn {
    fn name(&self) -> &'static str {
        "stubborn"
    }

    fn claim(&self, _key: &str) -> Claim {
        Claim::Foreign
    }

    fn decode(&self, _dump: &DumpName, body: &mut dyn Read) -> Result<Box<dyn Content>, DecodeError> {
        (self.0)(body)
    }

    fn lander(&self) -> Box<dyn Lander> {
        unreachable!("nothing lands")
    }

    fn withdraw(&self, _: &mut PgConnection, _: &[i32]) -> QueryResult<TakenBack> {
        unreachable!("nothing lands")
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

fn name(name: &str) -> DumpName {
    FEEDS
        .iter()
        .find_map(|feed| match feed.claim(name) {
            Claim::Dump(dump) => Some(dump),
            _ => None,
        })
        .unwrap()
}

fn reject() -> DecodeError {
    Rejection { reason: "wrong".to_owned(), ..Rejection::default() }.into()
}

fn breaking(bytes: &[u8]) -> Breaking<'_> {
    Breaking(bytes, Some(io::Error::from(ErrorKind::ConnectionReset)))
}

#[track_caller]
fn is_reset(result: Result<Body, BodyError>) {
    match result {
        Err(BodyError::Read(error)) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        Err(BodyError::Scratch(error)) => panic!("{error}"),
        Ok(body) => panic!("rejected: {}", body.content.is_err()),
    }
}

#[test]
fn an_error_of_the_connection_wins_over_whatever_the_decoder_says() {
    let any = DumpName { market: None, day: None, name: "x".to_owned() };
    // One that does not even look, one that takes the error for the dump's, one that takes it for the end.
    for decode in [
        (|_| Err(reject())) as Decode,
        |body| {
            let _ = io::copy(body, &mut io::sink());
            Err(reject())
        },
        |body| {
            let _ = io::copy(body, &mut io::sink());
            Ok(Box::new(Nothing) as Box<dyn Content>)
        },
    ] {
        is_reset(read(&Stubborn(decode), &any, &mut breaking(b"abc")));
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
        let feed = FEEDS.iter().find(|feed| feed.claim(key) != Claim::Foreign).unwrap();
        is_reset(read(*feed, &name(key), &mut breaking(bytes)));
    }
}

#[test]
fn the_hash_is_that_of_all_bytes_though_the_decoder_read_none() {
    let any = DumpName { market: None, day: None, name: "x".to_owned() };
    let body = read(&Stubborn(|_| Ok(Box::new(Nothing))), &any, &mut &b"abc"[..]).unwrap();
    assert_eq!((body.size, body.sha256), (3, Sha256::digest(b"abc").into()));
}
