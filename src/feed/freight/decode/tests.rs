use crate::feed::Content;
use crate::feed::samples::{Trickle, fixtures};

use super::*;
use crate::ledger::Scope;

fn name(file: &str) -> DumpName {
    DumpName { scope: Scope::default(), period: None, name: file.to_owned() }
}

/// The result of a decoder, as text.
fn render(decoded: Result<FreightBatch, DecodeError>) -> String {
    let mut batch = match decoded {
        Ok(batch) => batch,
        Err(DecodeError::Rejected(rejection)) => {
            return rejection.errors().iter().map(|error| format!("rejected: {error}\n")).collect();
        }
        Err(error) => return format!("error: {error}"),
    };
    let mut text = format!("{} records, {} repeats of ports and regions\n", batch.records(), batch.repeats);
    for (what, locations) in [("region", &batch.regions), ("port", &batch.ports)] {
        for (key, (_, location)) in locations {
            text += &format!(
                "{what} {key} {:?} in {}\n",
                location.name,
                location.parent.as_deref().unwrap_or("-")
            );
        }
    }
    batch.for_each_price(|orig, dest, day, price| text += &format!("{orig} {dest} {day} {price}\n")).unwrap();
    text
}

#[test]
fn every_fixture_decodes_as_its_snapshot_says() {
    for (file, bytes) in fixtures("freight") {
        insta::assert_snapshot!(file.as_str(), render(decode(&name(&file), &mut bytes.as_slice())));
    }
}

#[test]
fn chunks_do_not_change_what_is_decoded() {
    for (file, bytes) in fixtures("freight") {
        let whole = render(decode(&name(&file), &mut bytes.as_slice()));
        for chunk in [1, 7] {
            let chunked = render(decode(&name(&file), &mut Trickle(&bytes, chunk)));
            assert_eq!(chunked, whole, "{file} by {chunk}");
        }
    }
}

/// Formats of lines may end anywhere; formats with an end marker may not be cut before it.
#[test]
fn a_batch_cut_anywhere_is_rejected_where_that_shows() {
    for file in ["basic.json", "pg_dump.sql"] {
        let (_, whole) = fixtures("freight").into_iter().find(|(name, _)| name == file).unwrap();
        let whole = whole.trim_ascii_end();
        // After its last line, pg_dump writes one more comment.
        let length = whole.strip_suffix(b"\n--").unwrap_or(whole).len();
        for end in 0..length {
            let decoded = decode(&name(file), &mut &whole[..end]);
            assert!(matches!(decoded, Err(DecodeError::Rejected(_))), "{file} cut at {end}");
        }
        assert!(decode(&name(file), &mut &whole[..length]).is_ok());
    }
}

#[test]
fn a_rejection_has_ten_errors_at_most() {
    for (file, body) in [
        ("x.json", format!("[{}{{}}]", "{},".repeat(50))),
        ("x.ndjson", "{}\n".repeat(50)),
        ("x.csv", format!("day,price,orig_code,dest_code\n{}", ",,,\n".repeat(50))),
    ] {
        let rendered = render(decode(&name(file), &mut body.as_bytes()));
        assert_eq!(rendered.lines().count(), 10, "{file}: {rendered}");
        assert!(rendered.starts_with("rejected: record 0, orig_code: "), "{file}: {rendered}");
    }
}

#[test]
fn what_is_too_long_is_rejected_in_bounded_memory() {
    let record = r#"{"orig_code":"CNGGZ","dest_code":"EETLL","day":"2021-01-31","price":1,"note":""#;
    let long = "x".repeat(4_000_000);
    for (file, body, reason) in [
        ("x.json", format!("[{record}{long}\"}}]"), "a value is longer than 1048576 bytes"),
        ("x.ndjson", format!("{record}{long}\"}}\n"), "the line is longer than 1048576 bytes"),
        ("x.csv", format!("orig_code,dest_code,day,price\n\"{long}"), "is a quote not closed?"),
        (
            "x.sql",
            format!("COPY ports (code, name, parent_slug) FROM stdin;\nA\t{long}\n\\.\n"),
            "row is longer",
        ),
    ] {
        let rendered = render(decode(&name(file), &mut body.as_bytes()));
        assert!(rendered.contains(reason), "{file}: {rendered}");
    }
}

#[test]
fn a_broken_connection_does_not_reject_the_batch() {
    struct Breaks;
    impl Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("reset"))
        }
    }
    for (file, start) in
        [("x.json", "["), ("x.ndjson", "\n"), ("x.csv", "day,"), ("x.sql", "COPY ports (code) FROM stdin;")]
    {
        let decoded = decode(&name(file), &mut start.as_bytes().chain(Breaks));
        assert!(matches!(decoded, Err(DecodeError::Read(_))), "{file}");
    }
}
