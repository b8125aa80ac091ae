//! One line: an event, validated and encoded.

use std::fmt::Write;

use serde_json::Value;
use uuid::Uuid;

use super::columns::Columns;
use super::content::Event;
use super::fields::{FieldError, Fields, NUL, invalid};
use super::numbers;
use super::rows::EncodedRows;
use crate::feed::json_stream::kind;
use crate::feed::text::shorten;
use crate::sha256::Sha256;

/// Optional texts, in the order of their columns, which have the same names.
pub(super) const OPTIONAL_TEXTS: [&str; 10] = [
    "context_app_version",
    "context_device_manufacturer",
    "context_device_model",
    "context_device_token",
    "context_library_name",
    "context_library_version",
    "context_locale",
    "context_network_carrier",
    "context_os_name",
    "context_timezone",
];

/// Optional booleans, in the order of their columns, which have the same names.
pub(super) const OPTIONAL_BOOLEANS: [&str; 2] =
    ["context_device_ad_tracking_enabled", "context_network_wifi"];

/// Reads an event, and adds its columns to those of the events before it.
pub(super) fn read(line: &[u8], rows: &mut EncodedRows) -> Result<Event, FieldError> {
    // The parser does not check text that it skips; other bytes mean that the event was damaged.
    let line =
        std::str::from_utf8(line).map_err(|_| (None, "not valid: bytes that are not UTF-8".to_owned()))?;
    let mut fields: Fields<'_> = serde_json::from_str(line).map_err(|error| {
        let reason = if error.is_data() {
            format!("a record must be an object, not {}", kind(line.as_bytes()))
        } else {
            invalid(&error)
        };
        (None, reason)
    })?;
    let mut encoded = Columns(rows.begin(line.len()));
    let id = fields.uuid("id")?;
    let received_at = fields.timestamp("received_at")?;
    encoded.uuid(id);
    encoded.timestamptz(Some(received_at));
    for name in ["event", "event_text", "context_device_type"] {
        encoded.text(Some(&fields.text(name)?));
    }
    encoded.uuid(fields.uuid("anonymous_id")?);
    encoded.bigint(fields.optional_number("user_id")?);
    encoded.timestamptz(fields.optional_timestamp("original_timestamp")?);
    encoded.timestamptz(Some(fields.timestamp("timestamp")?));
    encoded.timestamptz(Some(fields.timestamp("sent_at")?));
    for name in OPTIONAL_TEXTS {
        encoded.text(fields.optional_text(name)?.as_deref());
    }
    for name in OPTIONAL_BOOLEANS {
        encoded.boolean(fields.optional_boolean(name)?);
    }
    encoded.jsonb(properties(fields)?.as_deref());
    let hash = Sha256::digest(encoded.0);
    let (half, _) = hash.split_at(16);
    let digest = Uuid::from_slice(half).map_err(|error| (None, error.to_string()))?;
    Ok(Event { id, received_at, digest, place: rows.add() })
}

/// The fields that have no column of their own, as written.
fn properties(fields: Fields<'_>) -> Result<Option<String>, FieldError> {
    let fields = fields.rest();
    if fields.is_empty() {
        return Ok(None);
    }
    let mut json = String::from("{");
    for (name, value) in fields {
        let reason = match serde_json::from_str::<Value>(value.get()) {
            Err(error) => Some(invalid(&error)),
            Ok(parsed) if name.contains('\0') || has_nul(&parsed) => Some(NUL.to_owned()),
            Ok(_) if !numbers::are_storable(value.get()) => {
                Some("a number is longer than Postgres can store".to_owned())
            }
            Ok(_) => None,
        };
        if let Some(reason) = reason {
            return Err((None, format!("{}: {reason}", shorten(name.as_bytes()))));
        }
        let comma = if json.len() > 1 { "," } else { "" };
        // Writing to a string does not fail.
        let _ = write!(json, "{comma}{}:{}", Value::from(name.as_ref()), value.get());
    }
    json.push('}');
    Ok(Some(json))
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
