//! Event notifications of S3: what happened to which objects.
//!
//! They reach a queue in three ways: from S3 directly, through EventBridge, or through an SNS topic, which wraps them
//! unless it delivers raw messages.

use chrono::{DateTime, Utc};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

/// The content of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    /// S3 tests whether it may send to the queue; nothing happened.
    Test,
    /// What happened to some objects.
    Events(Vec<ObjectEvent>),
}

/// What happened to an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectEvent {
    /// The bucket's own name, also if the object was written through an access point.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// What happened.
    pub kind: EventKind,
    /// When it happened; nothing if the time cannot be read.
    pub at: Option<DateTime<Utc>>,
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// There is something new to read: a new version, or one that was restored from an archive.
    Readable,
    /// Anything else: it was deleted, tagged, moved to another storage class.
    Other,
}

/// Why a message is not a notification of S3.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NotUnderstood {
    /// Not JSON.
    #[error("it is not JSON")]
    NotJson,
    /// JSON of another kind.
    #[error("it is no event notification of S3")]
    OtherJson,
    /// It looks like one, but a field is missing or has another type.
    #[error("it looks like an event notification of S3, but {0}")]
    Field(String),
}

impl Notification {
    /// Reads the body of a message.
    pub fn parse(body: &str) -> Result<Self, NotUnderstood> {
        let body: Value = serde_json::from_str(body).map_err(|_| NotUnderstood::NotJson)?;
        match body {
            Value::Object(_) if body["Type"] == "Notification" => match &body["Message"] {
                Value::String(message) => {
                    Self::parse_inner(serde_json::from_str(message).map_err(|_| NotUnderstood::NotJson)?)
                }
                _ => Err(NotUnderstood::OtherJson),
            },
            body => Self::parse_inner(body),
        }
    }

    fn parse_inner(body: Value) -> Result<Self, NotUnderstood> {
        if body["Event"] == "s3:TestEvent" {
            Ok(Self::Test)
        } else if body["source"] == "aws.s3" && body["detail-type"].is_string() {
            Ok(Self::Events(vec![read::<FromEventBridge>(body)?.into()]))
        } else if body["Records"].as_array().is_some_and(|records| {
            !records.is_empty() && records.iter().all(|record| record["eventSource"] == "aws:s3")
        }) {
            let Records { records } = read(body)?;
            Ok(Self::Events(records.into_iter().map(Record::event).collect::<Result<_, _>>()?))
        } else {
            Err(NotUnderstood::OtherJson)
        }
    }
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, NotUnderstood> {
    serde_json::from_value(body).map_err(|error| NotUnderstood::Field(error.to_string()))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
#[derive(Deserialize)]
struct Records {
    #[serde(rename = "Records")]
    records: Vec<Record>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_name: String,
    event_time: Option<String>,
    s3: Entity,
}

#[derive(Deserialize)]
struct Entity {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

impl Record {
    fn event(self) -> Result<ObjectEvent, NotUnderstood> {
        let name = self.event_name.strip_prefix("s3:").unwrap_or(&self.event_name);
        let readable = name.starts_with("ObjectCreated:") || name == "ObjectRestore:Completed";
        // As HTML forms are: a space is a plus sign, which itself is `%2B`.
        let key = self.s3.object.key.replace('+', " ");
        let key = percent_decode_str(&key).decode_utf8();
        let key = key.map_err(|_| NotUnderstood::Field("its key is not UTF-8".to_owned()))?;
        Ok(ObjectEvent {
            kind: kind(readable),
            key: key.into_owned(),
            bucket: self.s3.bucket.name,
            at: self.event_time.as_deref().and_then(instant),
        })
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html>
#[derive(Deserialize)]
struct FromEventBridge {
    #[serde(rename = "detail-type")]
    detail_type: String,
    time: Option<String>,
    // Keys are as they are here, not URL-encoded.
    detail: Entity,
}

impl From<FromEventBridge> for ObjectEvent {
    fn from(event: FromEventBridge) -> Self {
        let readable = matches!(event.detail_type.as_str(), "Object Created" | "Object Restore Completed");
        Self {
            bucket: event.detail.bucket.name,
            key: event.detail.object.key,
            kind: kind(readable),
            at: event.time.as_deref().and_then(instant),
        }
    }
}

fn kind(readable: bool) -> EventKind {
    if readable { EventKind::Readable } else { EventKind::Other }
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok()
}

#[cfg(test)]
mod tests;
