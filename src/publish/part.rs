//! Files of single parts.

use diesel::PgConnection;

use super::error::PublishError;
use super::plan::{Scope, StalePart};
use super::state::State;
use super::target::Target;
use super::version::next_sequence;
use crate::feed::WriteRowsError;
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

/// Writes the file of a part for the next snapshot, and records it in the ledger before that.
pub(super) fn publish_part(
    target: &Target<'_>,
    state: &State,
    scope: Scope,
    stale: StalePart,
    reader: &mut PgConnection,
    recorder: &mut PgConnection,
) -> Result<Outcome, PublishError> {
    let StalePart { part, count, .. } = stale;
    let written = state.written.get(&(part.clone(), count.changes));
    if let Some(file) = written.filter(|_| scope == Scope::Changed) {
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
        Some(current) if scope == Scope::Changed && current.sha256 == file.sha256() => {
            mark_same(recorder, target.name(), &current.key, count.changes)?;
            return Ok(Outcome::Same);
        }
        _ => {}
    }
    let files = target.table.part_files(&part);
    let folder = files.ok_or_else(|| target.unknown_part(&part))?.folder;
    let (sequence, hash) = (next_sequence(state), &file.sha256_hex()[..32]);
    let key = format!("{}/data/{folder}/{sequence:05}-{hash}.parquet", target.feed);
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
    let columns = target.table.columns();
    let file = ParquetFile::new(&mut scratch, target.feed, columns, FileKind::LakeTable);
    let mut file = file.map_err(WriteRowsError::from)?;
    target.table.rows(reader, part, &mut |row| file.row(row))?;
    let contents = file.finish().map_err(WriteRowsError::from)?;
    Ok((scratch.finish()?, contents.rows as i64, serde_json::to_value(contents.bounds)?))
}
