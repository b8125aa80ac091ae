//! Manifest lists: where the manifest of a snapshot is. Each snapshot has one manifest, with all its files.

use std::io;

use serde_json::{Value, json};

use super::avro::{self, Encoder};
use super::manifest::{Manifest, State, field};

/// The content of the list with a manifest, which is at a URL and has so many bytes.
///
/// # Errors
///
/// None but those of compression.
pub(crate) fn manifest_list(
    manifest: &Manifest<'_>,
    url: &str,
    size: usize,
    parent: Option<i64>,
) -> io::Result<Vec<u8>> {
    let metadata = [
        ("snapshot-id", manifest.snapshot_id.to_string()),
        ("parent-snapshot-id", parent.map_or("null".to_owned(), |parent| parent.to_string())),
        ("sequence-number", manifest.sequence.to_string()),
        ("format-version", "2".to_owned()),
    ];
    let (mut added, mut existing, mut removed) = ((0, 0), (0, 0), (0, 0));
    let mut oldest = manifest.sequence;
    for (state, file) in manifest.files {
        let (files, records) = match state {
            State::Added => &mut added,
            State::Existing { sequence, .. } => {
                oldest = oldest.min(*sequence);
                &mut existing
            }
            State::Removed { .. } => &mut removed,
        };
        *files += 1;
        *records += file.records;
    }
    const PARTITION_SPEC: i32 = 0;
    const ROWS: i32 = 0;
    let mut entry = Encoder::default();
    entry.text(url).long(size as i64).int(PARTITION_SPEC).int(ROWS);
    entry.long(manifest.sequence).long(oldest).long(manifest.snapshot_id);
    entry.int(added.0).int(existing.0).int(removed.0);
    entry.long(added.1).long(existing.1).long(removed.1);
    avro::file(&list_schema(), &metadata, &[entry])
}

/// Ids and names are those of the specification.
fn list_schema() -> Value {
    json!({
        "type": "record",
        "name": "manifest_file",
        "fields": [
            field("manifest_path", "string", 500),
            field("manifest_length", "long", 501),
            field("partition_spec_id", "int", 502),
            field("content", "int", 517),
            field("sequence_number", "long", 515),
            field("min_sequence_number", "long", 516),
            field("added_snapshot_id", "long", 503),
            field("added_files_count", "int", 504),
            field("existing_files_count", "int", 505),
            field("deleted_files_count", "int", 506),
            field("added_rows_count", "long", 512),
            field("existing_rows_count", "long", 513),
            field("deleted_rows_count", "long", 514),
        ],
    })
}
