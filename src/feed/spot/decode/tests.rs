use super::*;
use crate::feed::samples::{Trickle, fixtures};
use crate::feed::spot::market::Market;

fn dump_name() -> DumpName {
    DumpName {
        scope: Market { account_id: "604329154527".to_owned(), region: "us-west-2".to_owned() }.scope(),
        period: chrono::NaiveDate::from_ymd_opt(2018, 10, 30),
        name: "spotprices_20181030_604329154527_us-west-2.json".to_owned(),
    }
}

/// The result of a decoder, as text.
fn render(decoded: Result<SpotDump, DecodeError>) -> String {
    let dump = match decoded {
        Ok(dump) => dump,
        Err(error) => return format!("rejected: {error}"),
    };
    let mut lines = Vec::new();
    dump.for_each_price(|[zone, instance_type, product], at, price| {
        let (at, price) = (instant(at).unwrap().format("%FT%T%.fZ"), price::display(price));
        lines.push(format!("{zone} {instance_type} {product} {at} {price}\n"));
    })
    .unwrap();
    // Pools are numbered by name in memory, and as they come on disk.
    lines.sort();
    format!("{} records, {} repeats\n{}", dump.records(), dump.repeats(), lines.concat())
}

#[test]
fn every_fixture_decodes_as_its_snapshot_says() {
    for (name, bytes) in fixtures("spot") {
        insta::assert_snapshot!(
            name.trim_end_matches(".json"),
            render(decode(&dump_name(), &mut bytes.as_slice()))
        );
    }
}

#[test]
fn neither_chunks_nor_scratch_files_change_what_is_decoded() {
    for (name, bytes) in fixtures("spot") {
        let whole = render(decode(&dump_name(), &mut bytes.as_slice()));
        for chunk in [1, 7] {
            assert_eq!(render(decode(&dump_name(), &mut Trickle(&bytes, chunk))), whole, "{name} by {chunk}");
        }
        let spilled = render(decode_in_runs(&dump_name(), &mut bytes.as_slice(), 1));
        assert_eq!(spilled, whole, "{name} through scratch files");
    }
}

#[test]
fn a_dump_cut_anywhere_is_rejected() {
    let (_, whole) = fixtures("spot").into_iter().find(|(name, _)| name == "wrapper.json").unwrap();
    let length = whole.trim_ascii_end().len();
    for end in 0..length {
        let decoded = decode(&dump_name(), &mut &whole[..end]);
        assert!(matches!(decoded, Err(DecodeError::Rejected(_))), "cut at {end}");
    }
    assert!(decode(&dump_name(), &mut &whole[..length]).is_ok());
}

#[test]
fn a_dump_longer_than_the_buffer_decodes_record_by_record() {
    let record = |second: u32, padding: usize| {
        format!(
            r#"{{"AvailabilityZone":"us-west-2a","InstanceType":"c5.xlarge","ProductDescription":"Linux/UNIX","SpotPrice":"0.067300","Timestamp":"2018-10-30T{:02}:{:02}:{:02}Z","Padding":"{}"}}"#,
            second / 3600,
            second / 60 % 60,
            second % 60,
            "x".repeat(padding)
        )
    };
    let records: Vec<_> = (0..3_000).map(|second| record(second, second as usize % 700)).collect();
    let dump = decode(&dump_name(), &mut format!("[{}]", records.join(",\n ")).as_bytes()).unwrap();
    assert_eq!((dump.records(), dump.repeats()), (3_000, 0));

    // Just long enough, and a byte too long.
    let max = 1_048_576 - record(0, 0).len();
    let longest = format!("[{}]", record(0, max));
    assert_eq!(decode(&dump_name(), &mut longest.as_bytes()).unwrap().records(), 1);
    let too_long = render(decode(&dump_name(), &mut format!("[{}]", record(0, max + 1)).as_bytes()));
    assert_eq!(too_long, "rejected: record 0: a value is longer than 1048576 bytes (at byte 1)");

    let endless = format!("[{}]", record(0, 2_000_000));
    let rejection = render(decode(&dump_name(), &mut endless.as_bytes()));
    assert_eq!(rejection, "rejected: record 0: a value is longer than 1048576 bytes (at byte 1)");
}

#[test]
fn a_broken_connection_does_not_reject_the_dump() {
    struct Breaks;
    impl Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("reset"))
        }
    }
    let decoded = decode(&dump_name(), &mut b"[".as_slice().chain(Breaks));
    assert!(matches!(decoded, Err(DecodeError::Read(_))));
}
