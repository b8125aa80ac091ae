//! A row of `events`, as it is extracted.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::columns::COLUMNS;
use crate::db::schema::events;
use crate::parquet_file::Value;

/// Its columns, those of the file.
#[derive(Queryable, Selectable)]
#[diesel(table_name = events)]
pub(super) struct Row {
    id: Uuid,
    received_at: DateTime<Utc>,
    event: String,
    event_text: String,
    context_device_type: String,
    anonymous_id: Uuid,
    user_id: Option<i64>,
    original_timestamp: Option<DateTime<Utc>>,
    timestamp: DateTime<Utc>,
    sent_at: DateTime<Utc>,
    context_app_version: Option<String>,
    context_device_manufacturer: Option<String>,
    context_device_model: Option<String>,
    context_device_token: Option<String>,
    context_library_name: Option<String>,
    context_library_version: Option<String>,
    context_locale: Option<String>,
    context_network_carrier: Option<String>,
    context_os_name: Option<String>,
    context_timezone: Option<String>,
    context_device_ad_tracking_enabled: Option<bool>,
    context_network_wifi: Option<bool>,
    #[diesel(select_expression = sql("properties::text"))]
    #[diesel(select_expression_type = SqlLiteral<Nullable<Text>>)]
    properties: Option<String>,
}

impl Row {
    /// Calls `write` with its values, in the order of the file's columns.
    pub(super) fn write<T>(&self, write: impl FnOnce(&[Option<Value<'_>>; COLUMNS.len()]) -> T) -> T {
        let (mut id, mut anonymous_id) = ([0; Hyphenated::LENGTH], [0; Hyphenated::LENGTH]);
        write(&[
            Some(Value::Text(self.id.hyphenated().encode_lower(&mut id))),
            time(self.received_at),
            Some(Value::Text(&self.event)),
            Some(Value::Text(&self.event_text)),
            Some(Value::Text(&self.context_device_type)),
            Some(Value::Text(self.anonymous_id.hyphenated().encode_lower(&mut anonymous_id))),
            self.user_id.map(Value::Integer),
            self.original_timestamp.and_then(time),
            time(self.timestamp),
            time(self.sent_at),
            text_of(&self.context_app_version),
            text_of(&self.context_device_manufacturer),
            text_of(&self.context_device_model),
            text_of(&self.context_device_token),
            text_of(&self.context_library_name),
            text_of(&self.context_library_version),
            text_of(&self.context_locale),
            text_of(&self.context_network_carrier),
            text_of(&self.context_os_name),
            text_of(&self.context_timezone),
            self.context_device_ad_tracking_enabled.map(Value::Boolean),
            self.context_network_wifi.map(Value::Boolean),
            text_of(&self.properties),
        ])
    }
}

fn time(at: DateTime<Utc>) -> Option<Value<'static>> {
    Some(Value::Timestamp(at.timestamp_micros()))
}

fn text_of(text: &Option<String>) -> Option<Value<'_>> {
    text.as_deref().map(Value::Text)
}
