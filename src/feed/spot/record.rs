//! One record of a dump: borrowed from the buffer it was read into.

mod plain;

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::feed::RecordError;
use crate::feed::json_stream::{self, kind};

pub(super) use plain::PlainRecords;

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
    /// Reads the record at the beginning of some bytes, by serde; returns it with its length in bytes.
    pub(super) fn read(bytes: &'a [u8]) -> serde_json::Result<(Self, usize)> {
        json_stream::read_as::<SerdeRecord<'_>>(bytes).map(|(written, length)| (written.into(), length))
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
