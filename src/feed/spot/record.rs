//! One record of a dump: borrowed from the buffer it was read into.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::feed::Rejection;

/// The fields Landfall keeps; others are accepted and passed over.
#[derive(Deserialize)]
pub(super) struct Record<'a> {
    #[serde(rename = "AvailabilityZone", borrow)]
    pub(super) zone: Cow<'a, str>,
    #[serde(rename = "InstanceType", borrow)]
    pub(super) instance_type: Cow<'a, str>,
    #[serde(rename = "ProductDescription", borrow)]
    pub(super) product: Cow<'a, str>,
    #[serde(rename = "SpotPrice", borrow)]
    price: &'a RawValue,
    #[serde(rename = "Timestamp", borrow)]
    pub(super) timestamp: Cow<'a, str>,
}

impl Record<'_> {
    /// The price as written, whether as a string or as a number: a float in between would not be exact.
    pub(super) fn price(&self) -> Result<Cow<'_, str>, Rejection> {
        let text = self.price.get();
        if !text.starts_with('"') {
            return Ok(Cow::Borrowed(text));
        }
        match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(plain) if !plain.contains('\\') => Ok(Cow::Borrowed(plain)),
            _ => serde_json::from_str(text).map(Cow::Owned).map_err(|_| Rejection {
                reason: "the text holds characters that no text can".to_owned(),
                field: Some("SpotPrice"),
                ..Rejection::default()
            }),
        }
    }
}

/// Says which field of a record is missing or of the wrong type, at leisure: serde knows the type
/// but not the field.
pub(super) fn diagnose(record: &[u8]) -> Option<Rejection> {
    let fields = match serde_json::from_slice(record).ok()? {
        Value::Object(fields) => fields,
        other => return Some(refuse(None, format!("a record must be an object, not {}", kind(&other)))),
    };
    ["AvailabilityZone", "InstanceType", "ProductDescription", "SpotPrice", "Timestamp"].into_iter().find_map(
        |field| match fields.get(field) {
            None => Some(refuse(Some(field), "the field is missing".to_owned())),
            Some(Value::String(_)) => None,
            Some(Value::Number(_)) if field == "SpotPrice" => None,
            Some(other) => {
                Some(refuse(Some(field), format!("the field must be a string, not {}", kind(other))))
            }
        },
    )
}

/// What a JSON value is, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn refuse(field: Option<&'static str>, reason: String) -> Rejection {
    Rejection { reason, field, ..Rejection::default() }
}
