//! Manifests: the files of a snapshot.

use std::io;

use serde_json::{Value, json};

use super::avro::{self, Encoder};
use super::data_file::{DataFile, PartitionValue};
use super::schema::{Partitioning, field_id, partition_record, partition_spec, schema};
use crate::parquet_file::{Bounds, Column, Kind};

/// What a snapshot says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It has been there since the snapshot with this id and sequence number.
    Existing {
        /// Id of the snapshot.
        since: i64,
        /// Its sequence number.
        sequence: i64,
    },
    /// It is new.
    Added,
    /// It was there until now, since the snapshot with this sequence number.
    Removed {
        /// Sequence number of the snapshot that added it.
        sequence: i64,
    },
}

/// The files of a snapshot, and those that it removes.
#[derive(Debug)]
pub(crate) struct Manifest<'m> {
    /// Columns of the table.
    pub(crate) columns: &'m [Column],
    /// How its files are divided.
    pub(crate) partitioning: Partitioning,
    /// Id of the table's schema.
    pub(crate) schema_id: i32,
    /// Id of the snapshot.
    pub(crate) snapshot_id: i64,
    /// Its sequence number.
    pub(crate) sequence: i64,
    /// The files.
    pub(crate) files: &'m [(State, DataFile)],
}

impl Manifest<'_> {
    /// The content of the manifest file.
    ///
    /// # Errors
    ///
    /// None but those of compression.
    pub(crate) fn encode(&self) -> io::Result<Vec<u8>> {
        let mut table_schema = schema(self.columns);
        table_schema["schema-id"] = self.schema_id.into();
        let metadata = [
            ("schema", table_schema.to_string()),
            ("schema-id", self.schema_id.to_string()),
            ("partition-spec", partition_spec(self.columns, self.partitioning).to_string()),
            ("partition-spec-id", "0".to_owned()),
            ("format-version", "2".to_owned()),
            ("content", "data".to_owned()),
        ];
        let entries: Vec<Encoder> = self.files.iter().map(|(state, file)| self.entry(*state, file)).collect();
        avro::file(&entry_schema(partition_record(self.columns, self.partitioning)), &metadata, &entries)
    }

    fn entry(&self, state: State, file: &DataFile) -> Encoder {
        let (status, snapshot, sequence) = match state {
            State::Existing { since, sequence } => (0, since, sequence),
            State::Added => (1, self.snapshot_id, self.sequence),
            State::Removed { sequence } => (2, self.snapshot_id, sequence),
        };
        let mut entry = Encoder::default();
        entry.int(status).some().long(snapshot).some().long(sequence).some().long(sequence);
        const ROWS: i32 = 0;
        entry.int(ROWS).text(&file.url).text("PARQUET");
        for value in &file.partition {
            match value {
                PartitionValue::Text(text) => entry.some().text(text),
                PartitionValue::Number(number) => entry.some().int(*number),
            };
        }
        entry.long(file.records).long(file.size);
        self.bounds(&mut entry, &file.bounds, |bounds| bounds.min);
        self.bounds(&mut entry, &file.bounds, |bounds| bounds.max);
        entry
    }

    /// A map from columns to values, which Avro has as an array, since its keys are no texts.
    fn bounds(&self, entry: &mut Encoder, bounds: &[Bounds], value: impl Fn(&Bounds) -> i64) {
        entry.some();
        if !bounds.is_empty() {
            entry.long(bounds.len() as i64);
        }
        for bounds in bounds {
            let value = value(bounds).to_le_bytes();
            let is_date = self.columns[bounds.column].kind() == Kind::Date;
            // A date takes 32 bits.
            let value = if is_date { &value[..4] } else { &value[..] };
            entry.int(field_id(bounds.column) as i32).bytes(value);
        }
        entry.end();
    }
}

/// Required fields have a type and an id; optional ones are a union with null.
pub(super) fn field(name: &str, kind: impl Into<Value>, id: i32) -> Value {
    json!({ "name": name, "type": kind.into(), "field-id": id })
}

fn optional(name: &str, kind: impl Into<Value>, id: i32) -> Value {
    json!({ "name": name, "type": ["null", kind.into()], "default": null, "field-id": id })
}

fn bounds_field(name: &str, id: i32, key_id: i32, value_id: i32) -> Value {
    let pair = json!({
        "type": "record",
        "name": format!("k{key_id}_v{value_id}"),
        "fields": [field("key", "int", key_id), field("value", "bytes", value_id)],
    });
    optional(name, json!({ "type": "array", "logicalType": "map", "items": pair }), id)
}

/// Ids and names are those of the specification.
fn entry_schema(partition: Value) -> Value {
    let file = json!({
        "type": "record",
        "name": "r2",
        "fields": [
            field("content", "int", 134),
            field("file_path", "string", 100),
            field("file_format", "string", 101),
            field("partition", partition, 102),
            field("record_count", "long", 103),
            field("file_size_in_bytes", "long", 104),
            bounds_field("lower_bounds", 125, 126, 127),
            bounds_field("upper_bounds", 128, 129, 130),
        ],
    });
    json!({
        "type": "record",
        "name": "manifest_entry",
        "fields": [
            field("status", "int", 0),
            optional("snapshot_id", "long", 1),
            optional("sequence_number", "long", 3),
            optional("file_sequence_number", "long", 4),
            field("data_file", file, 2),
        ],
    })
}
