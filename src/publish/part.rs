//! Files of single parts.

use diesel::PgConnection;

use super::error::PublishError;
use super::plan::StalePart;
use super::state::State;
use super::target::Target;
use crate::ledger::IncompletePart;
use crate::ledger::lake::{PartFile, mark_same, mark_written, record_part_file};
use crate::parquet_file::{FileKind, ParquetFile};
use crate::sink::{HashedFile, HashingWriter};

/// What becomes of a part.
pub(super) enum Outcome {
    /// It gets this file; the one before, if there is one, goes.
    Written(PartFile),
    /// Its rows are those of its file.
    Same,
    /// It has no rows any more: its file goes.
    Emptied(String),
    /// It is left as it is.
    Incomplete(IncompletePart),
}

/// Writes the file of a part for the snapshot with a sequence number, and records it in the ledger before that.
pub(super) fn publish_part(
    target: &Target<'_>,
    state: &State,
    sequence: i64,
    stale: StalePart,
    reader: &mut PgConnection,
    recorder: &mut PgConnection,
) -> Result<Outcome, PublishError> {
    let StalePart { part, count, .. } = stale;
    if let Some(file) = state.written.get(&(part.clone(), count.changes)) {
        tracing::info!(feed = target.feed, part, records = file.records, "was written by an earlier run");
        return Ok(Outcome::Written(file.clone()));
    }
    let (file, records, bounds) = write(target, &part, reader)?;
    if records != count.rows {
        tracing::warn!(
            feed = target.feed,
            part,
            landed = count.rows,
            stored = records,
            "not published again: Postgres does not have all rows that landed, because a partition was dropped"
        );
        let incomplete = IncompletePart { part, landed: count.rows, stored: records };
        return Ok(Outcome::Incomplete(incomplete));
    }
    let current = state.current.get(&part);
    match current {
        Some(current) if records == 0 => return Ok(Outcome::Emptied(current.key.clone())),
        Some(current) if current.sha256 == file.sha256() => {
            mark_same(recorder, target.name(), &current.key, count.changes)?;
            return Ok(Outcome::Same);
        }
        _ => {}
    }
    let files = target.table.part_files(&part);
    let folder = files.ok_or_else(|| target.unknown_part(&part))?.folder;
    let key = format!("{}/data/{folder}/{sequence:05}-{}.parquet", target.feed, &file.sha256_hex()[..32]);
    let part_file = PartFile {
        key,
        part,
        changes: count.changes,
        sha256: file.sha256().to_vec(),
        records,
        size: file.size() as i64,
        bounds,
        since: None,
    };
    record_part_file(recorder, target.name(), &part_file)?;
    target.sink.put_file(&part_file.key, &file)?;
    mark_written(recorder, target.name(), &part_file.key)?;
    tracing::info!(feed = target.feed, part = part_file.part, records, bytes = part_file.size, "written");
    Ok(Outcome::Written(part_file))
}

/// The rows of a part as a file, how many they are, and their bounds.
fn write(
    target: &Target<'_>,
    part: &str,
    reader: &mut PgConnection,
) -> Result<(HashedFile, i64, serde_json::Value), PublishError> {
    let mut scratch = HashingWriter::new()?;
    let mut file = ParquetFile::new(&mut scratch, target.feed, target.table.columns(), FileKind::LakeTable)?;
    target.table.rows(reader, part, &mut |row| file.row(row))?;
    let contents = file.finish()?;
    Ok((scratch.finish()?, contents.rows as i64, serde_json::to_value(contents.bounds)?))
}
