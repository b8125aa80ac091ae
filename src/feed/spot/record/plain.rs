//! Reads the records that need no parser.

use std::borrow::Cow;
use std::ops::Range;

use super::{FIELDS, Record};

/// Reads records all of whose fields are strings without escapes, as every record from AWS is. Anything else, errors
/// included, is left to serde.
///
/// Whatever writes a dump writes all of its records alike. So what is between the values of a record is compared with what
/// was there in the record before, and only the values are looked into.
#[derive(Default)]
pub(in crate::feed::spot) struct PlainRecords {
    /// What was before each value, and after the last; empty as long as no record was read.
    between: [Vec<u8>; FIELDS.len() + 1],
    /// The field that each value was of.
    fields: [usize; FIELDS.len()],
}

impl PlainRecords {
    /// Reads the record at the beginning of some bytes; returns it with its length in bytes.
    ///
    /// All bytes around the values that it returns are ASCII.
    pub(in crate::feed::spot) fn read<'a>(&mut self, bytes: &'a [u8]) -> Option<(Record<'a>, usize)> {
        let (values, length) = self.read_alike(bytes).or_else(|| self.read_any(bytes))?;
        let [zone, instance_type, product, price, timestamp] = values.map(Cow::Borrowed);
        Some((Record { zone, instance_type, product, price, timestamp }, length))
    }

    /// Reads a record that is written as the one before.
    fn read_alike<'a>(&self, bytes: &'a [u8]) -> Option<(Values<'a>, usize)> {
        let [before @ .., after] = &self.between;
        let mut values = Values::default();
        let mut rest = bytes;
        for (before, field) in before.iter().zip(self.fields) {
            // Empty before the first record was read.
            rest = rest.strip_prefix(before.as_slice()).filter(|_| !before.is_empty())?;
            (values[field], rest) = rest.split_at(plain_length(rest)?);
        }
        rest = rest.strip_prefix(after.as_slice())?;
        Some((values, bytes.len() - rest.len()))
    }

    /// Reads a record field by field, and keeps how it is written.
    fn read_any<'a>(&mut self, bytes: &'a [u8]) -> Option<(Values<'a>, usize)> {
        let mut rest = Cursor { bytes, position: 0 };
        let mut found: [Option<Range<usize>>; FIELDS.len()] = Default::default();
        let mut fields = Vec::with_capacity(FIELDS.len());
        rest.expect(b'{')?;
        loop {
            let name = rest.string()?;
            rest.expect(b':')?;
            let value = rest.string()?;
            let field = FIELDS.iter().position(|field| field.as_bytes() == &bytes[name.clone()]);
            match field {
                Some(field) if found[field].is_some() => return None,
                Some(field) => {
                    found[field] = Some(value);
                    fields.push(field);
                }
                // A field that is skipped must be valid all the same.
                None if [name, value]
                    .into_iter()
                    .all(|text| bytes[text].iter().all(|byte| (b' '..=b'~').contains(byte))) => {}
                None => return None,
            }
            match rest.next()? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
        let fields = fields.try_into().ok()?;
        let found = found.map(Option::unwrap_or_default);
        self.keep(&bytes[..rest.position], &found, fields);
        Some((found.map(|value| &bytes[value]), rest.position))
    }

    /// Keeps how a record is written, whose fields are in this order.
    fn keep(&mut self, record: &[u8], values: &[Range<usize>; FIELDS.len()], fields: [usize; FIELDS.len()]) {
        let mut start = 0;
        let [before @ .., after] = &mut self.between;
        for (before, value) in before.iter_mut().zip(fields.map(|field| &values[field])) {
            before.clear();
            before.extend_from_slice(&record[start..value.start]);
            start = value.end;
        }
        after.clear();
        after.extend_from_slice(&record[start..]);
        self.fields = fields;
    }
}

/// The values of a record, in the order of [`FIELDS`].
type Values<'a> = [&'a [u8]; FIELDS.len()];

/// Length of the string without escapes whose text begins here.
fn plain_length(text: &[u8]) -> Option<usize> {
    memchr::memchr2(b'"', b'\\', text).filter(|length| text[*length] == b'"')
}

/// Walks over the tokens of plain JSON.
struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl Cursor<'_> {
    /// The next byte that is not white space.
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.position)?;
            self.position += 1;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// Where the text of a string without escapes is; its bytes are not validated.
    fn string(&mut self) -> Option<Range<usize>> {
        self.expect(b'"')?;
        let start = self.position;
        let end = start + plain_length(&self.bytes[start..])?;
        self.position = end + 1;
        Some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// JSON that is a record more often than not: white space, escapes, doubled, unknown and missing fields, numbers. A few
    /// records alike, but for their values.
    fn records() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let name = prop_oneof![8 => prop::sample::select(FIELDS.to_vec()), 1 => prop::sample::select(vec!["Other", "Sp\\u006ftPrice", "É"])];
        let value = prop_oneof![
            20 => "[a-z0-9:.-]{0,8}".prop_map(|text| format!("\"{text}\"")),
            1 => prop::sample::select(vec!["1.5", "-2e3", "null", "[1]", "{\"a\":1}", "\"é\"", "\"\\\"x\"", "\"\\n\"", "\"\u{1}\"", "01", "\"ÿ\""]).prop_map(str::to_owned),
        ];
        let space = prop::sample::select(vec!["", " ", "\n\t"]);
        let shuffled = Just(FIELDS.to_vec()).prop_shuffle();
        let names = prop_oneof![2 => shuffled, 1 => prop::collection::vec(name, 0..7)];
        (
            names,
            prop::collection::vec((space.clone(), space), 7),
            prop::collection::vec(prop::collection::vec(value, 7), 1..4),
            prop::sample::select(vec!["}", "", ",}", "} , {"]),
        )
            .prop_map(|(names, spaces, records, end)| {
                let record = |values: Vec<String>| {
                    let fields: Vec<_> = names
                        .iter()
                        .zip(&spaces)
                        .zip(values)
                        .map(|((name, (a, b)), value)| format!("{a}\"{name}\"{b}:{a}{value}{b}"))
                        .collect();
                    // In one character: what is no UTF-8.
                    let text = format!("{{{}{end}", fields.join(","));
                    text.split_inclusive('ÿ')
                        .flat_map(|part| match part.strip_suffix('ÿ') {
                            Some(part) => [part.as_bytes(), b"\xff"].concat(),
                            None => part.as_bytes().to_vec(),
                        })
                        .collect()
                };
                records.into_iter().map(record).collect()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn the_fast_path_reads_what_serde_reads(records in prop::collection::vec(records(), 1..4)) {
            let fields = |record: Record<'_>| {
                [record.zone, record.instance_type, record.product, record.price, record.timestamp].map(Cow::into_owned)
            };
            let mut plain = PlainRecords::default();
            for bytes in records.concat() {
                let Some((record, length)) = plain.read(&bytes) else { continue };
                let record = fields(record);
                let is_valid = record.iter().all(|text| std::str::from_utf8(text).is_ok_and(|text| !text.contains(char::is_control)));
                match Record::read(&bytes) {
                    Ok((expected, expected_length)) => {
                        prop_assert_eq!((&record, length), (&fields(expected), expected_length));
                        prop_assert!(std::str::from_utf8(&bytes[..length]).is_ok());
                    }
                    // Where they are used, values are validated.
                    Err(error) => prop_assert!(!is_valid, "{error}"),
                }
            }
        }
    }

    #[test]
    fn a_record_that_is_written_as_the_one_before_is_known_by_that() {
        let record = |zone: &str, price: &str| {
            format!(
                r#"{{"Timestamp":"2018", "Other":"1", "AvailabilityZone":"{zone}","InstanceType":"c5.large","ProductDescription":"Windows","SpotPrice":"{price}"}},"#
            )
        };
        let mut plain = PlainRecords::default();
        let [first, alike] = [record("us-west-2a", "0.1"), record("us-west-2bc", "2")];
        assert!(plain.read_alike(first.as_bytes()).is_none());
        assert!(plain.read(first.as_bytes()).is_some());
        let (values, length) = plain.read_alike(alike.as_bytes()).unwrap();
        assert_eq!(values, [&b"us-west-2bc"[..], b"c5.large", b"Windows", b"2", b"2018"]);
        assert_eq!(length, alike.len() - 1);
        for other in [
            alike.replace("Other", "other"),
            alike.replace("\"1\"", "\"2\""),
            alike.replace("c5", "c\\u0035"),
        ] {
            assert!(plain.read_alike(other.as_bytes()).is_none(), "{other}");
        }
    }
}
