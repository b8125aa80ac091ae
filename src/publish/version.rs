//! New versions of a table's metadata, and their commits.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::PgConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::PublishError;
use super::state::State;
use super::target::Target;
use crate::hex::hex;
use crate::iceberg::{self, DataFile, Manifest, Metadata, SnapshotEntry, manifest_list};
use crate::ledger::lake::{Commit, LakeSource, PartFile, PublishedTable, Snapshot, commit, record_file};
use crate::sha256::Sha256;

/// What the next snapshot changes.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Files that come.
    pub(super) added: Vec<PartFile>,
    /// Files that go.
    pub(super) removed: Vec<PartFile>,
    /// Files that stay.
    pub(super) kept: Vec<PartFile>,
}

/// The sequence number of the next snapshot.
pub(super) fn next_sequence(state: &State) -> i64 {
    state.snapshots.last().map_or(0, |last| last.sequence) + 1
}

/// Commits the next snapshot; returns its id and the URL of the table's metadata.
pub(super) fn commit_snapshot(
    target: &Target<'_>,
    state: &State,
    table: &PublishedTable,
    changes: &Changes,
    LakeSource { read_at, ledger_id, .. }: LakeSource,
    recorder: &mut PgConnection,
) -> Result<(i64, String), PublishError> {
    let version = Version::after(table, target, read_at);
    let parent = state.snapshots.last();
    let sequence = next_sequence(state);
    let snapshot_id = snapshot_id(version.table.uuid, sequence, changes);
    let files = files(target, changes)?;
    let schema_id = version.schemas.len() as i32 - 1;
    let manifest = Manifest {
        columns: target.table.columns(),
        partitioning: target.table.partitioning(),
        schema_id,
        snapshot_id,
        sequence,
        files: &files,
    };
    let mut written = Vec::new();
    let content = manifest.encode()?;
    let key = put(target, sequence, "-manifest.avro", &content, recorder)?;
    let url = target.sink.url(&key);
    written.push(key);
    let list = manifest_list(&manifest, &url, content.len(), parent.map(|parent| parent.snapshot_id))?;
    let manifest_list_key = put(target, sequence, "-list.avro", &list, recorder)?;
    written.push(manifest_list_key.clone());
    let snapshot = Snapshot {
        sequence,
        snapshot_id,
        parent_id: parent.map(|parent| parent.snapshot_id),
        // Readers demand that times only grow; clocks may not.
        read_at: parent.map_or(read_at, |parent| read_at.max(parent.read_at + TimeDelta::milliseconds(1))),
        schema_id,
        manifest_list_key,
        summary: summary(changes, read_at, ledger_id),
        superseded_at: None,
    };
    let location = version.commit(target, state, Step::Snapshot(&snapshot, changes), written, recorder)?;
    Ok((snapshot_id, location))
}

/// Commits metadata without the snapshots that were superseded before a time; returns their URL.
pub(super) fn commit_expiry(
    target: &Target<'_>,
    state: &State,
    table: &PublishedTable,
    before: DateTime<Utc>,
    recorder: &mut PgConnection,
) -> Result<String, PublishError> {
    let version = Version::after(table, target, table.read_at);
    version.commit(target, state, Step::Expiry(before), Vec::new(), recorder)
}

/// What a version of the metadata brings.
enum Step<'s> {
    /// A snapshot, and the files that it changes.
    Snapshot(&'s Snapshot, &'s Changes),
    /// The end of the snapshots that were superseded before a time.
    Expiry(DateTime<Utc>),
}

/// The next version of a table's metadata.
struct Version {
    table: PublishedTable,
    schemas: Vec<Value>,
}

impl Version {
    fn after(table: &PublishedTable, target: &Target<'_>, read_at: DateTime<Utc>) -> Self {
        let mut schemas = table.schemas.as_array().cloned().unwrap_or_default();
        let schema = iceberg::schema(target.table.columns());
        if schemas.last() != Some(&schema) {
            schemas.push(schema);
        }
        let table = PublishedTable {
            version: table.version + 1,
            metadata_key: String::new(),
            schemas: Value::Array(schemas.clone()),
            read_at,
            ..table.clone()
        };
        Self { table, schemas }
    }

    /// Writes the metadata file and commits it, with the files of metadata that were written for it before.
    fn commit(
        mut self,
        target: &Target<'_>,
        state: &State,
        step: Step<'_>,
        mut written: Vec<String>,
        recorder: &mut PgConnection,
    ) -> Result<String, PublishError> {
        let kept = state.snapshots.iter();
        let snapshots: Vec<&Snapshot> = match step {
            Step::Snapshot(snapshot, _) => kept.chain([snapshot]).collect(),
            Step::Expiry(before) => kept.filter(|kept| !kept.is_expired(before)).collect(),
        };
        let entries: Vec<SnapshotEntry> = snapshots.iter().map(|snapshot| entry(target, snapshot)).collect();
        let metadata = Metadata {
            uuid: self.table.uuid.to_string(),
            location: target.sink.url(target.feed),
            columns: target.table.columns(),
            partitioning: target.table.partitioning(),
            schemas: &self.schemas,
            snapshots: &entries,
            at: entries.last().map_or(self.table.read_at, |last| last.at),
        };
        let content = metadata.encode();
        self.table.metadata_key =
            put(target, self.table.version, ".metadata.json", content.as_bytes(), recorder)?;
        written.push(self.table.metadata_key.clone());
        let location = target.sink.url(&self.table.metadata_key);
        let old_key = state.committed().map(|table| table.metadata_key.as_str());
        let old_location = old_key.map(|key| target.sink.url(key));
        let keys = |files: &[PartFile]| files.iter().map(|file| file.key.clone()).collect::<Vec<_>>();
        let (snapshot, added, removed, expired_before) = match step {
            Step::Snapshot(snapshot, changes) => {
                (Some(snapshot), keys(&changes.added), keys(&changes.removed), None)
            }
            Step::Expiry(before) => (None, Vec::new(), Vec::new(), Some(before)),
        };
        let next = Commit {
            table: &self.table,
            location: &location,
            old_location: old_location.as_deref(),
            old_key,
            metadata: &written,
            snapshot,
            added: &added,
            removed: &removed,
            expired_before,
        };
        if !commit(recorder, target.name(), &next)? {
            return Err(PublishError::PointerMoved {
                catalog: target.catalog.to_owned(),
                feed: target.feed,
                expected: old_location.unwrap_or_else(|| "nothing: remove that row".to_owned()),
            });
        }
        Ok(location)
    }
}

/// Writes a file of metadata under a name that its content gives it, and records it before that; returns its key.
fn put(
    target: &Target<'_>,
    number: i64,
    suffix: &str,
    content: &[u8],
    recorder: &mut PgConnection,
) -> Result<String, PublishError> {
    let sha256 = Sha256::digest(content);
    let hash = hex(&sha256[..16]);
    let key = format!("{}/metadata/{number:05}-{hash}{suffix}", target.feed);
    record_file(recorder, target.name(), &key, &sha256, content.len() as i64)?;
    target.sink.put(&key, content)?;
    Ok(key)
}

/// An id that the same changes of the same table give again, and others do not.
fn snapshot_id(table: Uuid, sequence: i64, changes: &Changes) -> i64 {
    let mut hash = Sha256::new();
    hash.update(table.as_bytes());
    hash.update(sequence.to_be_bytes());
    for file in changes.added.iter().chain(&changes.removed) {
        hash.update(file.key.as_bytes());
    }
    let hash = hash.finalize();
    let mut id = [0; 8];
    id.copy_from_slice(&hash[..8]);
    (i64::from_be_bytes(id) & i64::MAX).max(1)
}

fn files(target: &Target<'_>, changes: &Changes) -> Result<Vec<(iceberg::State, DataFile)>, PublishError> {
    let all = changes.kept.iter().chain(&changes.removed).chain(&changes.added);
    let mut files = Vec::new();
    for (index, file) in all.enumerate() {
        let state = match file.since {
            Some((sequence, since)) if index < changes.kept.len() => {
                iceberg::State::Existing { since, sequence }
            }
            Some((sequence, _)) => iceberg::State::Removed { sequence },
            None => iceberg::State::Added,
        };
        let partition =
            target.table.part_files(&file.part).ok_or_else(|| target.unknown_part(&file.part))?.partition;
        files.push((
            state,
            DataFile {
                url: target.sink.url(&file.key),
                partition,
                records: file.records,
                size: file.size,
                bounds: serde_json::from_value(file.bounds.clone())?,
            },
        ));
    }
    Ok(files)
}

fn entry(target: &Target<'_>, snapshot: &Snapshot) -> SnapshotEntry {
    SnapshotEntry {
        id: snapshot.snapshot_id,
        parent: snapshot.parent_id,
        sequence: snapshot.sequence,
        at: snapshot.read_at,
        manifest_list: target.sink.url(&snapshot.manifest_list_key),
        schema_id: snapshot.schema_id,
        summary: snapshot.summary.clone(),
    }
}

/// Names and form are those of the format's specification, and of Landfall.
fn summary(Changes { added, removed, kept }: &Changes, read_at: DateTime<Utc>, ledger_id: i32) -> Value {
    let operation = match (added.is_empty(), removed.is_empty()) {
        (_, true) => "append",
        (true, false) => "delete",
        (false, false) => "overwrite",
    };
    let records = |files: &[PartFile]| files.iter().map(|file| file.records).sum::<i64>();
    let size = |files: &[PartFile]| files.iter().map(|file| file.size).sum::<i64>();
    json!({
        "operation": operation,
        "landfall.ledger-id": ledger_id.to_string(),
        "landfall.read-at": read_at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
        "added-data-files": added.len().to_string(),
        "added-records": records(added).to_string(),
        "added-files-size": size(added).to_string(),
        "deleted-data-files": removed.len().to_string(),
        "deleted-records": records(removed).to_string(),
        "removed-files-size": size(removed).to_string(),
        "total-data-files": (kept.len() + added.len()).to_string(),
        "total-records": (records(kept) + records(added)).to_string(),
        "total-files-size": (size(kept) + size(added)).to_string(),
        "total-delete-files": "0",
        "total-position-deletes": "0",
        "total-equality-deletes": "0",
    })
}
