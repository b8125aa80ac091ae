//! The columns of a file, in their order, by which Redshift takes them. docs/events.md lists them.

use crate::parquet_file::{Column, Kind};

const fn column(name: &'static str, kind: Kind) -> Column {
    Column::new(name, kind)
}

/// Those of `events` but the last, `dump_id`, which depends on the order in which objects landed.
pub(in crate::feed::events) const COLUMNS: [Column; 23] = [
    column("id", Kind::Text).up_to(36),
    column("received_at", Kind::Timestamp),
    column("event", Kind::Text).repeating(),
    column("event_text", Kind::Text).repeating(),
    column("context_device_type", Kind::Text).repeating(),
    column("anonymous_id", Kind::Text).up_to(36).repeating(),
    column("user_id", Kind::Integer).optional().repeating(),
    column("original_timestamp", Kind::Timestamp).optional(),
    column("timestamp", Kind::Timestamp),
    column("sent_at", Kind::Timestamp),
    column("context_app_version", Kind::Text).up_to(1_024).optional().repeating(),
    column("context_device_manufacturer", Kind::Text).up_to(1_024).optional().repeating(),
    column("context_device_model", Kind::Text).up_to(1_024).optional().repeating(),
    column("context_device_token", Kind::Text).up_to(1_024).optional().repeating(),
    column("context_library_name", Kind::Text).up_to(1_024).optional().repeating(),
    column("context_library_version", Kind::Text).up_to(1_024).optional().repeating(),
    column("context_locale", Kind::Text).up_to(1_024).optional().repeating(),
    column("context_network_carrier", Kind::Text).up_to(1_024).optional().repeating(),
    column("context_os_name", Kind::Text).up_to(1_024).optional().repeating(),
    column("context_timezone", Kind::Text).up_to(1_024).optional().repeating(),
    column("context_device_ad_tracking_enabled", Kind::Boolean).optional(),
    column("context_network_wifi", Kind::Boolean).optional(),
    column("properties", Kind::Text).up_to(65_535).optional().repeating(),
];
