//! Table metadata: schemas and snapshots, of which one is current.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::schema::{Partitioning, last_partition_id, partition_spec};
use crate::parquet_file::Column;

/// A snapshot, as metadata list it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SnapshotEntry {
    /// Its id.
    pub(crate) id: i64,
    /// The snapshot before it; it may have expired.
    pub(crate) parent: Option<i64>,
    /// Its place in the history of the table, from 1.
    pub(crate) sequence: i64,
    /// The state of the table's source that it shows.
    pub(crate) at: DateTime<Utc>,
    /// Where its manifest list is, as a URL.
    pub(crate) manifest_list: String,
    /// Id of the table's schema then.
    pub(crate) schema_id: i32,
    /// What it changed, and what readers are told of it: texts by names.
    pub(crate) summary: Value,
}

/// The metadata of a table.
#[derive(Debug)]
pub(crate) struct Metadata<'m> {
    /// Identifies the table, wherever it is.
    pub(crate) uuid: String,
    /// Where it is, as a URL.
    pub(crate) location: String,
    /// Columns of the table.
    pub(crate) columns: &'m [Column],
    /// How its files are divided.
    pub(crate) partitioning: Partitioning,
    /// Its schemas, oldest first, each without its id, which is its place from 0; the last one counts.
    pub(crate) schemas: &'m [Value],
    /// The snapshots that did not expire, oldest first; the last one is current.
    pub(crate) snapshots: &'m [SnapshotEntry],
    /// When these metadata were written.
    pub(crate) at: DateTime<Utc>,
}

impl Metadata<'_> {
    /// The content of the metadata file.
    pub(crate) fn encode(&self) -> String {
        let current = self.snapshots.last();
        let schemas: Vec<Value> = self.schemas.iter().enumerate().map(with_id).collect();
        let mut metadata = json!({
            "format-version": 2,
            "table-uuid": self.uuid,
            "location": self.location,
            "last-sequence-number": current.map_or(0, |snapshot| snapshot.sequence),
            "last-updated-ms": self.at.timestamp_millis(),
            "last-column-id": self.columns.len(),
            "schemas": schemas,
            "current-schema-id": self.schemas.len().saturating_sub(1),
            "partition-specs": [{ "spec-id": 0, "fields": partition_spec(self.columns, self.partitioning) }],
            "default-spec-id": 0,
            "last-partition-id": last_partition_id(self.partitioning),
            "sort-orders": [{ "order-id": 0, "fields": [] }],
            "default-sort-order-id": 0,
            "properties": { "owner": "landfall" },
            "snapshots": self.snapshots.iter().map(snapshot).collect::<Vec<_>>(),
            "snapshot-log": self.snapshots.iter().map(log_entry).collect::<Vec<_>>(),
            "metadata-log": [],
            "statistics": [],
            "partition-statistics": [],
        });
        if let Some(current) = current {
            metadata["current-snapshot-id"] = current.id.into();
            metadata["refs"] = json!({ "main": { "snapshot-id": current.id, "type": "branch" } });
        }
        format!("{metadata:#}\n")
    }
}

fn with_id((id, schema): (usize, &Value)) -> Value {
    let mut schema = schema.clone();
    schema["schema-id"] = id.into();
    schema
}

fn snapshot(snapshot: &SnapshotEntry) -> Value {
    let mut entry = json!({
        "snapshot-id": snapshot.id,
        "sequence-number": snapshot.sequence,
        "timestamp-ms": snapshot.at.timestamp_millis(),
        "manifest-list": snapshot.manifest_list,
        "schema-id": snapshot.schema_id,
        "summary": snapshot.summary,
    });
    if let Some(parent) = snapshot.parent {
        entry["parent-snapshot-id"] = parent.into();
    }
    entry
}

fn log_entry(snapshot: &SnapshotEntry) -> Value {
    json!({ "snapshot-id": snapshot.id, "timestamp-ms": snapshot.at.timestamp_millis() })
}
