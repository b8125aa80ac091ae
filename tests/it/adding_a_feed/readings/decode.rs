//! From bytes to validated records.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{BufRead, BufReader, Read};

use super::content::{Reading, ReadingsDump};
use super::line::{self, FieldError};
use crate::feed::{DecodeError, DumpName, RecordError, RejectedRecord};

const HEADER: &[u8] = b"station,at,celsius";

/// No line may be longer, in bytes.
const MAX_LINE: u64 = 1_024;
/// Readings of one dump: a month has 44,640 minutes.
const MAX_READINGS: usize = 100_000;
/// Rejected records of one dump: with more, the dump is rejected as a whole.
const MAX_REJECTED: usize = 1_000;

/// Decodes a dump; see [`TypedFeed::decode`](crate::feed::TypedFeed::decode).
pub(super) fn decode(dump: &DumpName, body: &mut dyn Read, lowest: i32) -> Result<ReadingsDump, DecodeError> {
    let mut lines = Lines { input: BufReader::new(body), line: Vec::new(), offset: 0 };
    if lines.next()?.is_none_or(|(_, header)| header != HEADER) {
        return Err(RecordError::of_dump("the first line is not `station,at,celsius`").into());
    }
    let mut readings = BTreeMap::new();
    let (mut repeats, mut rejected, mut record) = (0, Vec::new(), 0);
    while let Some((offset, line)) = lines.next()? {
        match line::parse(line, dump, lowest).and_then(|reading| add(&mut readings, reading)) {
            Ok(is_new) => repeats += u64::from(!is_new),
            Err((field, reason)) => {
                let error = RecordError { reason, record: Some(record), field, offset: Some(offset) };
                rejected.push(RejectedRecord { error, raw: line.to_vec() });
            }
        }
        record += 1;
        if readings.len() > MAX_READINGS {
            let reason = format!("the dump has more than {MAX_READINGS} readings");
            return Err(RecordError::of_dump(reason).into());
        }
        if rejected.len() > MAX_REJECTED {
            let first = rejected.swap_remove(0).error;
            let reason = format!("{}; more than {MAX_REJECTED} records are wrong", first.reason);
            return Err(RecordError { reason, ..first }.into());
        }
    }
    let readings = readings.into_iter().map(|(at, temperature)| Reading { at, temperature }).collect();
    Ok(ReadingsDump { readings, repeats, rejected })
}

/// Adds a reading; false if it is there already.
fn add(readings: &mut BTreeMap<i64, i32>, Reading { at, temperature }: Reading) -> Result<bool, FieldError> {
    match readings.entry(at) {
        Entry::Vacant(place) => {
            place.insert(temperature);
            Ok(true)
        }
        Entry::Occupied(known) if *known.get() == temperature => Ok(false),
        Entry::Occupied(_) => Err((Some("celsius"), "an earlier record has another temperature".to_owned())),
    }
}

struct Lines<R> {
    input: R,
    line: Vec<u8>,
    offset: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line, with the offset where it begins.
    fn next(&mut self) -> Result<Option<(u64, &[u8])>, DecodeError> {
        let begin = self.offset;
        self.line.clear();
        let read =
            (&mut self.input).take(MAX_LINE).read_until(b'\n', &mut self.line).map_err(DecodeError::Read)?;
        self.offset += read as u64;
        match self.line.pop_if(|last| *last == b'\n') {
            Some(_) => Ok(Some((begin, self.line.strip_suffix(b"\r").unwrap_or(&self.line)))),
            None if read == 0 => Ok(None),
            // Every line has an end, so that a dump that is cut off is recognised.
            None => {
                let reason = format!("the line is cut off, or longer than {MAX_LINE} bytes");
                Err(RecordError { reason, offset: Some(begin), ..RecordError::default() }.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Content;
    use crate::ledger::Scope;

    fn decoded(body: &str) -> Result<ReadingsDump, String> {
        let period = "2026-02-01".parse().ok();
        let dump =
            DumpName { scope: Scope::new(&["oslo"]), period, name: "readings_202602_oslo.csv".to_owned() };
        decode(&dump, &mut body.as_bytes(), -60_000).map_err(|error| error.to_string())
    }

    #[test]
    fn a_bad_record_is_rejected_alone() {
        let mut dump = decoded(
            "station,at,celsius\noslo,2026-02-01T00:00:00Z,-3.25\noslo,2026-02-01T00:00:00Z,-3.250\n\
             oslo,2026-02-01T01:00:00Z,-3,25\noslo,2026-02-01T00:00:00Z,4\nbergen,2026-02-01T00:00:00Z,4\n\
             oslo,2026-03-01T00:00:00Z,4\n",
        )
        .unwrap();
        assert_eq!((dump.records(), dump.repeats), (6, 1));
        assert_eq!(dump.readings, [Reading { at: 1_769_904_000_000_000, temperature: -3_250 }]);
        let errors: Vec<String> =
            dump.take_rejected().iter().map(|record| record.error.to_string()).collect();
        assert_eq!(
            errors,
            [
                "record 2: the record has 4 fields, not 3 (at byte 84)",
                "record 3, celsius: an earlier record has another temperature (at byte 116)",
                "record 4, station: the station is not oslo, that of the dump's key (at byte 144)",
                "record 5, at: 2026-03-01T00:00:00Z is not in the month of the dump's key (at byte 174)",
            ]
        );
    }

    #[test]
    fn a_dump_that_is_none_is_rejected_whole() {
        for body in ["", "at,celsius\n", "station,at,celsius", "station,at,celsius\noslo,2026-02-01T00:00"] {
            assert!(decoded(body).is_err(), "{body}");
        }
        let many = format!("station,at,celsius\n{}", "nonsense\n".repeat(MAX_REJECTED + 1));
        assert_eq!(
            decoded(&many).unwrap_err(),
            "record 0: the record has 1 fields, not 3; more than 1000 records are wrong (at byte 19)"
        );
        assert_eq!(decoded("station,at,celsius\n").unwrap().records(), 0);
    }
}
