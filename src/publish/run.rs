//! Publishes what has changed.

use diesel::PgConnection;
use diesel::connection::SimpleConnection;

use super::claim::{claim, register};
use super::error::PublishError;
use super::hint::write_hint;
use super::part::{Outcome, publish_part};
use super::plan::{Scope, stale};
use super::report::Report;
use super::state::State;
use super::target::Target;
use super::version::{Changes, commit_snapshot};
use crate::db::snapshot;
use crate::ledger::lake::{PartFile, has_rows, lake_source, mark_complete};

/// Publishes each part that has changed, as one snapshot of the table.
///
/// All files show one snapshot of the database, which `reader` holds meanwhile. They are recorded before they are written, and count
/// once the commit has moved the catalog's pointer: whatever ends this earlier leaves the table as it was, and the next run goes on
/// with the files that are there.
pub fn publish(
    target: &Target<'_>,
    scope: Scope,
    reader: &mut PgConnection,
    recorder: &mut PgConnection,
) -> Result<Report, PublishError> {
    target.lock(recorder)?;
    let state = State::load(recorder, target)?;
    let table = match &state.table {
        Some(table) => table.clone(),
        None if !has_rows(recorder, target.feed)? => {
            return Ok(Report { feed: target.feed, ..Report::default() });
        }
        None => register(target, recorder)?,
    };
    claim(target, &state, &table, scope)?;
    let (source, outcomes) = snapshot(reader, |reader| {
        // Between two statements a file is sent, which may take its time. And the server sorts a part.
        reader.batch_execute(
            "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL work_mem = '64MB'",
        )?;
        let source = lake_source(reader, target.feed)?;
        let stale = stale(&source.parts, &state, scope).into_iter();
        let outcomes = stale.map(|part| publish_part(target, &state, scope, part, reader, recorder));
        let outcomes = outcomes.collect::<Result<Vec<Outcome>, PublishError>>()?;
        Ok::<_, PublishError>((source, outcomes))
    })?;
    let mut report = Report { feed: target.feed, ..Report::default() };
    let changes = sum_up(outcomes, state.current.values().cloned().collect(), &mut report);
    report.metadata = state.committed().map(|table| target.sink.url(&table.metadata_key));
    if changes.added.is_empty() && changes.removed.is_empty() {
        mark_complete(recorder, target.name(), source.read_at)?;
    } else {
        let (snapshot, metadata) = commit_snapshot(target, &state, &table, &changes, source, recorder)?;
        report.snapshot = Some(snapshot);
        report.metadata = Some(metadata);
    }
    if let Some(metadata) = &report.metadata {
        write_hint(target, metadata)?;
    }
    Ok(report)
}

/// What the next snapshot changes.
fn sum_up(outcomes: Vec<Outcome>, current: Vec<PartFile>, report: &mut Report) -> Changes {
    let mut changes = Changes { kept: current, ..Changes::default() };
    for outcome in outcomes {
        match outcome {
            Outcome::Written(file) => {
                changes.removed.extend(changes.kept.extract_if(.., |kept| kept.part == file.part));
                changes.added.push(file);
            }
            Outcome::Emptied(key) => {
                changes.removed.extend(changes.kept.extract_if(.., |kept| kept.key == key));
            }
            Outcome::Same => report.same += 1,
            Outcome::Incomplete(part) => report.incomplete.push(part),
        }
    }
    let Changes { added, removed, kept } = &changes;
    let sum = |files: &[PartFile], of: fn(&PartFile) -> i64| files.iter().map(of).sum::<i64>();
    report.files_added = added.len();
    report.rows_added = sum(added, |file| file.records);
    report.bytes_added = sum(added, |file| file.size);
    report.files_removed = removed.len();
    report.files = kept.len() + added.len();
    report.rows = report.rows_added + sum(kept, |file| file.records);
    report.bytes = report.bytes_added + sum(kept, |file| file.size);
    changes
}
