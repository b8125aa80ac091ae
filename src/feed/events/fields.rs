//! The fields of one event, as they are written.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::timestamp;
use crate::feed::json_stream::{self, kind};
use crate::feed::text;

/// The invalid field, if it is one, and what is wrong.
pub(super) type FieldError = (Option<&'static str>, String);

/// Bytes of an optional text.
const MAX_TEXT_BYTES: usize = 1024;

/// The fields of an object that have not been taken yet.
pub(super) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

/// A name that borrows from its text unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::with_capacity(32);
                while let Some((Name(name), value)) = map.next_entry()? {
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl<'a> Fields<'a> {
    /// What is written under a name; nothing if that is null.
    fn take(&mut self, name: &'static str) -> Result<Option<&'a str>, FieldError> {
        let Some(at) = self.0.iter().position(|(found, _)| found == name) else { return Ok(None) };
        let (_, value) = self.0.swap_remove(at);
        if self.0.iter().any(|(found, _)| found == name) {
            return Err((Some(name), "the field is there twice".to_owned()));
        }
        Ok(Some(value.get()).filter(|value| *value != "null"))
    }

    fn required<T>(name: &'static str, value: Option<T>) -> Result<T, FieldError> {
        value.ok_or_else(|| (Some(name), "the field is missing".to_owned()))
    }

    fn string(&mut self, name: &'static str) -> Result<Option<Cow<'a, str>>, FieldError> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        match serde_json::from_str::<Name<'a>>(value) {
            Ok(Name(text)) => Ok(Some(text)),
            Err(error) if value.starts_with('"') => Err((Some(name), invalid(&error))),
            Err(_) => Err(wrong_type(name, "a string", value)),
        }
    }

    /// A text that must be there: 1 to 255 bytes without control characters.
    pub(super) fn text(&mut self, name: &'static str) -> Result<Cow<'a, str>, FieldError> {
        let text = Self::required(name, self.string(name)?)?;
        text::text(name, text.as_bytes()).map_err(|error| (Some(name), error.reason))?;
        Ok(text)
    }

    /// A text that may be missing or null.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Result<Option<Cow<'a, str>>, FieldError> {
        let text = self.string(name)?;
        match &text {
            Some(text) if text.len() > MAX_TEXT_BYTES => {
                Err((Some(name), format!("the text is longer than {MAX_TEXT_BYTES} bytes")))
            }
            Some(text) if text.contains('\0') => Err((Some(name), NUL.to_owned())),
            _ => Ok(text),
        }
    }

    pub(super) fn uuid(&mut self, name: &'static str) -> Result<Uuid, FieldError> {
        let text = Self::required(name, self.string(name)?)?;
        // Other spellings of a UUID, such as in braces, are none that a sender uses.
        Some(&text).filter(|text| text.len() == 36).and_then(|text| Uuid::try_parse(text).ok()).ok_or_else(
            || {
                let text = text::shorten(text.as_bytes());
                (Some(name), format!("`{text}` is not a UUID such as 0f8b2c6e-7d3a-4c1b-9a55-2f3d1e6b7a90"))
            },
        )
    }

    pub(super) fn timestamp(&mut self, name: &'static str) -> Result<i64, FieldError> {
        Self::required(name, self.optional_timestamp(name)?)
    }

    pub(super) fn optional_timestamp(&mut self, name: &'static str) -> Result<Option<i64>, FieldError> {
        let text = self.string(name)?;
        text.map(|text| timestamp::parse(&text)).transpose().map_err(|reason| (Some(name), reason))
    }

    /// A number that may be missing, null, or written as a string of digits.
    pub(super) fn optional_number(&mut self, name: &'static str) -> Result<Option<i64>, FieldError> {
        let Some(value) = self.take(name)? else { return Ok(None) };
        let digits = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
        digits.parse().map(Some).map_err(|_| {
            (Some(name), format!("`{}` is not a whole number of 64 bits", text::shorten(digits.as_bytes())))
        })
    }

    pub(super) fn optional_boolean(&mut self, name: &'static str) -> Result<Option<bool>, FieldError> {
        match self.take(name)? {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(wrong_type(name, "true or false", other)),
        }
    }

    /// What has not been taken, in the order of names.
    pub(super) fn rest(mut self) -> Vec<(Cow<'a, str>, &'a RawValue)> {
        self.0.sort_by(|(a, _), (b, _)| a.cmp(b));
        self.0
    }
}

pub(super) const NUL: &str = "the text has a NUL character, which Postgres cannot store";

/// The reason for text that is not JSON.
pub(super) fn invalid(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "the line is cut off: its JSON does not end".to_owned(),
        _ => format!("not valid: {}", json_stream::reason(error)),
    }
}

fn wrong_type(field: &'static str, wanted: &str, found: &str) -> FieldError {
    (Some(field), format!("the field must be {wanted}, not {}", kind(found.as_bytes())))
}
