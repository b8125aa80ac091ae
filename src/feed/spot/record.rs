//! One record of a dump: borrowed from the buffer it was read into.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::feed::RecordError;
use crate::feed::json_stream::{self, kind};

/// The fields Landfall keeps, as bytes: they are validated as text where they are used.
pub(super) struct Record<'a> {
    pub(super) zone: Cow<'a, [u8]>,
    pub(super) instance_type: Cow<'a, [u8]>,
    pub(super) product: Cow<'a, [u8]>,
    /// As written, whether as a string or as a number: a float in between would not be exact.
    pub(super) price: Cow<'a, [u8]>,
    pub(super) timestamp: Cow<'a, [u8]>,
}

const FIELDS: [&str; 5] =
    ["AvailabilityZone", "InstanceType", "ProductDescription", "SpotPrice", "Timestamp"];

impl<'a> Record<'a> {
    /// Reads the record at the beginning of some bytes; returns it with its length in bytes.
    pub(super) fn read(bytes: &'a [u8]) -> serde_json::Result<(Self, usize)> {
        match Self::read_plain(bytes) {
            Some(read) => Ok(read),
            None => json_stream::read_as::<SerdeRecord<'_>>(bytes)
                .map(|(written, length)| (written.into(), length)),
        }
    }

    /// Reads a record all of whose fields are strings without escapes, as every record from AWS is,
    /// which takes a third off the time of an import. Anything else, errors included, goes to serde.
    fn read_plain(bytes: &'a [u8]) -> Option<(Self, usize)> {
        let mut rest = Cursor { bytes, position: 0 };
        let mut values: [Option<&'a [u8]>; 5] = [None; 5];
        rest.expect(b'{')?;
        loop {
            let name = rest.string()?;
            rest.expect(b':')?;
            let value = rest.string()?;
            match FIELDS.iter().position(|field| field.as_bytes() == name) {
                Some(field) if values[field].is_some() => return None,
                Some(field) => values[field] = Some(value),
                // A field that is skipped must be valid all the same.
                None if [name, value]
                    .iter()
                    .all(|text| text.iter().all(|byte| (b' '..=b'~').contains(byte))) => {}
                None => return None,
            }
            match rest.next()? {
                b',' => {}
                b'}' => break,
                _ => return None,
            }
        }
        let [zone, instance_type, product, price, timestamp] = values;
        let record = Record {
            zone: zone?.into(),
            instance_type: instance_type?.into(),
            product: product?.into(),
            price: price?.into(),
            timestamp: timestamp?.into(),
        };
        Some((record, rest.position))
    }
}

/// Walks over the tokens of plain JSON.
struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
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

    /// A string without escapes; its bytes are not validated.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let text = &self.bytes[self.position..];
        let length = memchr::memchr2(b'"', b'\\', text)?;
        if text[length] != b'"' {
            return None;
        }
        self.position += length + 1;
        Some(&text[..length])
    }
}

/// A record as serde reads it.
#[derive(Deserialize)]
struct SerdeRecord<'a> {
    #[serde(rename = "AvailabilityZone", borrow)]
    zone: Cow<'a, str>,
    #[serde(rename = "InstanceType", borrow)]
    instance_type: Cow<'a, str>,
    #[serde(rename = "ProductDescription", borrow)]
    product: Cow<'a, str>,
    #[serde(rename = "SpotPrice", borrow)]
    price: WrittenPrice<'a>,
    #[serde(rename = "Timestamp", borrow)]
    timestamp: Cow<'a, str>,
}

/// A price as written: the text of a string, or a number's own digits.
struct WrittenPrice<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for WrittenPrice<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written: &RawValue = Deserialize::deserialize(deserializer)?;
        let text = written.get();
        match text.as_bytes().first() {
            Some(b'"') => serde_json::from_str(text).map(|text: String| WrittenPrice(text.into())),
            Some(b'-' | b'0'..=b'9') => Ok(WrittenPrice(text.into())),
            _ => Err(serde::de::Error::custom("a price must be a string or a number")),
        }
        .map_err(serde::de::Error::custom)
    }
}

impl<'a> From<SerdeRecord<'a>> for Record<'a> {
    fn from(written: SerdeRecord<'a>) -> Self {
        let bytes = |text: Cow<'a, str>| match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        Record {
            zone: bytes(written.zone),
            instance_type: bytes(written.instance_type),
            product: bytes(written.product),
            price: bytes(written.price.0),
            timestamp: bytes(written.timestamp),
        }
    }
}

/// Finds the field that is missing or of the wrong type, since serde names the type but not the field. Slow: for errors only.
pub(super) fn diagnose(record: &[u8]) -> Option<RecordError> {
    let found = kind(record);
    if found != "an object" {
        return Some(record_error(None, format!("a record must be an object, not {found}")));
    }
    let fields = json_stream::fields(record)?;
    FIELDS.into_iter().find_map(|field| match fields.get(field).map(|value| kind(value.get().as_bytes())) {
        None => Some(record_error(Some(field), "the field is missing".to_owned())),
        Some("a string") => None,
        Some("a number") if field == "SpotPrice" => None,
        Some(other) => Some(record_error(Some(field), format!("the field must be a string, not {other}"))),
    })
}

fn record_error(field: Option<&'static str>, reason: String) -> RecordError {
    RecordError { reason, field, ..RecordError::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// JSON that is a record more often than not: white space, escapes, doubled, unknown and missing fields, numbers.
    fn json() -> impl Strategy<Value = String> {
        let name = prop_oneof![8 => prop::sample::select(FIELDS.to_vec()), 1 => prop::sample::select(vec!["Other", "Sp\\u006ftPrice", "É"])];
        let value = prop_oneof![
            8 => "[a-z0-9:.-]{0,8}".prop_map(|text| format!("\"{text}\"")),
            1 => prop::sample::select(vec!["1.5", "-2e3", "null", "[1]", "{\"a\":1}", "\"é\"", "\"\\\"x\"", "\"\\n\"", "\"\u{1}\"", "01"]).prop_map(str::to_owned),
        ];
        let space = prop::sample::select(vec!["", " ", "\n\t"]);
        (
            prop::collection::vec((name, space.clone(), value, space), 0..7),
            prop::sample::select(vec!["}", "", ",}", "} , {"]),
        )
            .prop_map(|(fields, end)| {
                let fields: Vec<_> = fields
                    .into_iter()
                    .map(|(name, a, value, b)| format!("{a}\"{name}\"{b}:{a}{value}{b}"))
                    .collect();
                format!("{{{}{end}", fields.join(","))
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_fast_path_reads_what_serde_reads(text in json()) {
            let fields = |record: Record<'_>| {
                [record.zone, record.instance_type, record.product, record.price, record.timestamp].map(Cow::into_owned)
            };
            let serde = json_stream::read_as::<SerdeRecord<'_>>(text.as_bytes()).map(|(written, length)| (fields(written.into()), length));
            if let Some((record, length)) = Record::read_plain(text.as_bytes()) {
                let (expected, expected_length) = match serde {
                    Ok(expected) => expected,
                    // Control characters are rejected where the text is used.
                    Err(_) if text.bytes().any(|byte| byte < b' ') => return Ok(()),
                    Err(error) => return Err(TestCaseError::fail(error.to_string())),
                };
                prop_assert_eq!((fields(record), length), (expected, expected_length));
            }
        }
    }
}
