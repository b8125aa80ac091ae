//! Extracts what has changed.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;

use super::days::{FEED, Selection, StaleDay, StaleDays, stale_days};
use super::error::ExtractError;
use super::manifest;
use super::report::{ExtractedFile, Report};
use super::url::url;
use crate::db::{lock_until_closed, snapshot};
use crate::extract::incomplete::incomplete_part;
use crate::feed::events::extract::{file_key, stored_rows, write_file};
use crate::ledger::{Extract, record_extracts};
use crate::sink::{HashingWriter, Sink};

/// Writes a file for each selected day that has changed since it was extracted to this destination, and their manifest if the
/// destination is a bucket.
///
/// All files show one snapshot, which `reader` holds meanwhile. Only once files and manifest are durable, `recorder` records
/// them: whatever ends this earlier, the next run writes the same files under the same names. Runs to the same destination follow
/// each other, so that the manifests come in the order of their snapshots.
pub fn run(
    sink: &dyn Sink,
    selection: Selection,
    reader: &mut PgConnection,
    recorder: &mut PgConnection,
) -> Result<Report, ExtractError> {
    let destination = sink.location();
    lock_until_closed(recorder, &format!("extract {FEED} {destination}"))?;
    let (at, files, incomplete, unchanged) = snapshot(reader, |reader| {
        // Between two statements a file is sent, which may take its time.
        reader.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")?;
        let at: DateTime<Utc> = diesel::select(now.into_sql::<Timestamptz>()).get_result(reader)?;
        let StaleDays { days, unchanged } = stale_days(reader, &destination, selection)?;
        let (mut files, mut incomplete) = (Vec::new(), Vec::new());
        for stale in days {
            let stored = stored_rows(reader, stale.day)?;
            match incomplete_part(FEED, &stale.day.to_string(), stale.rows, stored) {
                Some(part) => incomplete.push(part),
                None => files.push(write(reader, sink, &destination, stale)?),
            }
        }
        Ok::<_, ExtractError>((at, files, incomplete, unchanged))
    })?;
    let (files, records): (Vec<ExtractedFile>, Vec<Extract>) = files.into_iter().unzip();
    let mut manifest = None;
    if destination.starts_with("s3://") && !files.is_empty() {
        let key = manifest::key(at);
        sink.put(&key, &manifest::manifest(files.iter().map(|file| (file.url.as_str(), file.bytes)))?)?;
        manifest = Some(url(&destination, &key));
    }
    record_extracts(recorder, FEED, &destination, &records)?;
    Ok(Report { destination, files, unchanged, incomplete, manifest })
}

/// Writes the file of a day.
fn write(
    reader: &mut PgConnection,
    sink: &dyn Sink,
    destination: &str,
    StaleDay { day, changes, .. }: StaleDay,
) -> Result<(ExtractedFile, Extract), ExtractError> {
    let mut scratch = HashingWriter::new()?;
    let records = write_file(reader, day, &mut scratch)?;
    let file = scratch.finish()?;
    let sha256 = file.sha256();
    let hex = file.sha256_hex();
    let key = file_key(day, &hex[..32]);
    sink.put_file(&key, &file)?;
    let url = url(destination, &key);
    tracing::info!(%day, records, bytes = file.size(), url, "extracted");
    let record = Extract {
        part: day.to_string(),
        changes,
        key,
        sha256: sha256.to_vec(),
        records: records as i64,
        size: file.size() as i64,
    };
    Ok((ExtractedFile { day, url, sha256: hex, records, bytes: file.size() }, record))
}
