//! Extracts what has changed of a table.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;

use super::error::TableError;
use super::file::{FileFormat, write};
use super::load_script::load_script;
use super::plan::TableSelection;
use super::report::{TableFile, TableReport};
use crate::db::{lock_until_closed, snapshot};
use crate::extract::incomplete::incomplete_part;
use crate::extract::manifest;
use crate::extract::url::url;
use crate::feed::TablePart;
use crate::ledger::{Extract, record_extracts};
use crate::sink::Sink;

/// Writes a file for each selected part that has changed since it was extracted to this destination; for a bucket and Parquet
/// also their manifest, and the script that loads them into Redshift.
///
/// All files show one snapshot, which `reader` holds meanwhile. Only once everything is durable, `recorder` records it: whatever ends
/// this earlier, the next run writes the same files under the same names. Runs of the same output to the same destination
/// follow each other, so that manifests and scripts come in the order of their snapshots.
pub(crate) fn run(
    sink: &dyn Sink,
    selection: &TableSelection<'_>,
    reader: &mut PgConnection,
    recorder: &mut PgConnection,
) -> Result<TableReport, TableError> {
    let (destination, output) = (sink.location(), selection.output());
    lock_until_closed(recorder, &format!("extract {output} {destination}"))?;
    let (at, written, incomplete, unchanged) = snapshot(reader, |reader| {
        // Between two statements a file is sent, which may take its time.
        reader.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")?;
        let at: DateTime<Utc> = diesel::select(now.into_sql::<Timestamptz>()).get_result(reader)?;
        let (stale, unchanged) = selection.stale(reader, &destination)?;
        let (mut written, mut incomplete) = (Vec::new(), Vec::new());
        for (part, _) in stale {
            let stored = selection.table.stored_rows(reader, &part)?;
            match incomplete_part(&selection.table.name(), &part.name, part.landed, stored) {
                Some(part) => incomplete.push(part),
                None => written.push(write_part(sink, &destination, selection, part, reader)?),
            }
        }
        Ok::<_, TableError>((at, written, incomplete, unchanged))
    })?;
    let mut report = TableReport {
        table: selection.table.name(),
        files: written.iter().map(|written| written.file.clone()).collect(),
        unchanged,
        incomplete,
        manifest: None,
        load_script: None,
        destination,
    };
    if report.destination.starts_with("s3://")
        && selection.format == FileFormat::Parquet
        && !written.is_empty()
    {
        let time = at.format("%Y%m%dT%H%M%S%.6fZ");
        let key = |folder, extension| format!("{folder}/{}_{time}.{extension}", report.table);
        let (manifest_key, script_key) = (key("manifests", "manifest"), key("loads", "sql"));
        let files = report.files.iter().map(|file| (file.url.as_str(), file.bytes));
        sink.put(&manifest_key, &manifest::manifest(files).map_err(TableError::Manifest)?)?;
        let manifest = url(&report.destination, &manifest_key);
        let conditions: Vec<String> = written.iter().map(|written| written.condition.clone()).collect();
        let script = load_script(&report.table, selection.table.columns(), &manifest, &conditions);
        sink.put(&script_key, script.as_bytes())?;
        report.load_script = Some(url(&report.destination, &script_key));
        report.manifest = Some(manifest);
    }
    let records: Vec<Extract> = written.into_iter().map(|written| written.record).collect();
    record_extracts(recorder, &output, &report.destination, &records)?;
    Ok(report)
}

/// A part whose file is durable.
struct Written {
    file: TableFile,
    record: Extract,
    condition: String,
}

fn write_part(
    sink: &dyn Sink,
    destination: &str,
    selection: &TableSelection<'_>,
    part: TablePart,
    reader: &mut PgConnection,
) -> Result<Written, TableError> {
    let (file, records) = write(reader, selection.table, &part, selection.format)?;
    let sha256 = file.sha256_hex();
    let key = format!(
        "{}/{}_{}_{}.{}",
        part.folder,
        selection.table.name(),
        part.date,
        &sha256[..32],
        selection.format.extension()
    );
    sink.put_file(&key, &file)?;
    let url = url(destination, &key);
    tracing::info!(part = part.name, records, bytes = file.size(), url, "extracted");
    let record = Extract {
        part: part.name.clone(),
        changes: part.state,
        key,
        sha256: file.sha256().to_vec(),
        records: records as i64,
        size: file.size() as i64,
    };
    let file = TableFile { part: part.name, url, sha256, records, bytes: file.size() };
    Ok(Written { file, record, condition: part.condition })
}
