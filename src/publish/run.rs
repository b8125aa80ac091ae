//! Publishes what has changed.

use diesel::PgConnection;
use diesel::connection::SimpleConnection;

use super::error::PublishError;
use super::part::{Outcome, publish_part};
use super::plan::stale;
use super::report::Report;
use super::state::State;
use super::version::{Changes, commit_snapshot, next_sequence};
use crate::db::{lock_until_closed, snapshot};
use crate::feed::{Feed, LakeTable};
use crate::ledger::lake::{LakeSource, PartFile, TableName, lake_source, mark_complete};
use crate::sink::Sink;

/// A table that is published: where, and what of.
pub struct Target<'t> {
    pub(super) sink: &'t dyn Sink,
    pub(super) catalog: &'t str,
    pub(super) feed: &'static str,
    pub(super) table: &'static dyn LakeTable,
}

impl<'t> Target<'t> {
    /// The table of a feed in a catalog; none if the feed has no table.
    pub fn new(sink: &'t dyn Sink, catalog: &'t str, feed: &'static dyn Feed) -> Option<Self> {
        Some(Self { sink, catalog, feed: feed.name(), table: feed.lake_table()? })
    }

    /// Name of the feed, and of the table.
    pub fn feed(&self) -> &'static str {
        self.feed
    }

    pub(super) fn name(&self) -> TableName<'_> {
        TableName { catalog: self.catalog, feed: self.feed }
    }

    pub(super) fn unknown_part(&self, part: &str) -> PublishError {
        PublishError::UnknownPart { feed: self.feed, part: part.to_owned() }
    }

    /// One writes a table at a time; others wait.
    pub(super) fn lock(&self, recorder: &mut PgConnection) -> Result<(), PublishError> {
        Ok(lock_until_closed(recorder, &format!("publish {} {}", self.catalog, self.feed))?)
    }
}

/// Publishes each part that has changed, as one snapshot of the table.
///
/// All files show one snapshot of the database, which `reader` holds meanwhile. They are recorded before they are written, and count
/// once the commit has moved the catalog's pointer: whatever ends this earlier leaves the table as it was, and the next run goes on
/// with the files that are there.
pub fn publish(
    target: &Target<'_>,
    reader: &mut PgConnection,
    recorder: &mut PgConnection,
) -> Result<Report, PublishError> {
    target.lock(recorder)?;
    let state = State::load(recorder, target)?;
    let sequence = next_sequence(&state);
    let (source, outcomes) = snapshot(reader, |reader| {
        // Between two statements a file is sent, which may take its time. And the server sorts a part.
        reader.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL work_mem = '64MB'")?;
        let source = lake_source(reader, target.feed)?;
        let stale = stale(&source.parts, &state).into_iter();
        let outcomes = stale.map(|part| publish_part(target, &state, sequence, part, reader, recorder));
        let outcomes = outcomes.collect::<Result<Vec<Outcome>, PublishError>>()?;
        Ok::<_, PublishError>((source, outcomes))
    })?;
    let LakeSource { read_at, ledger_id, .. } = source;
    let mut report = Report { feed: target.feed, ..Report::default() };
    let (changes, same) = sum_up(outcomes, state.current.values().cloned().collect(), &mut report);
    mark_complete(recorder, target.name(), read_at, &same)?;
    report.metadata = state.table.as_ref().map(|table| target.sink.url(&table.metadata_key));
    if !(changes.added.is_empty() && changes.removed.is_empty()) {
        let (snapshot, metadata) = commit_snapshot(target, &state, &changes, read_at, ledger_id, recorder)?;
        report.snapshot = Some(snapshot);
        report.metadata = Some(metadata);
    }
    if let Some(metadata) = &report.metadata {
        write_hint(target, metadata)?;
    }
    Ok(report)
}

/// What the next snapshot changes, and the files whose parts changed without it.
fn sum_up(
    outcomes: Vec<Outcome>,
    current: Vec<PartFile>,
    report: &mut Report,
) -> (Changes, Vec<(String, i64)>) {
    let mut changes = Changes { kept: current, ..Changes::default() };
    let mut same = Vec::new();
    for outcome in outcomes {
        match outcome {
            Outcome::Written(file) => {
                changes.removed.extend(changes.kept.extract_if(.., |kept| kept.part == file.part));
                changes.added.push(file);
            }
            Outcome::Emptied(key) => {
                changes.removed.extend(changes.kept.extract_if(.., |kept| kept.key == key));
            }
            Outcome::Same(key, count) => same.push((key, count)),
            Outcome::Incomplete(part) => report.incomplete.push(part),
        }
    }
    let Changes { added, removed, kept } = &changes;
    let sum = |files: &[PartFile], of: fn(&PartFile) -> i64| files.iter().map(of).sum::<i64>();
    report.files_added = added.len();
    report.rows_added = sum(added, |file| file.records);
    report.bytes_added = sum(added, |file| file.size);
    report.files_removed = removed.len();
    report.same = same.len();
    report.files = kept.len() + added.len();
    report.rows = report.rows_added + sum(kept, |file| file.records);
    report.bytes = report.bytes_added + sum(kept, |file| file.size);
    (changes, same)
}

/// Tells those who read the table without a catalog which metadata are current. It is written each time: the one who committed them
/// may have ended before this.
pub(super) fn write_hint(target: &Target<'_>, metadata: &str) -> Result<(), PublishError> {
    let name = metadata.rsplit('/').next().unwrap_or(metadata);
    let version = name.strip_suffix(".metadata.json").unwrap_or(name);
    let key = format!("{}/metadata/version-hint.text", target.feed);
    Ok(target.sink.put(&key, version.as_bytes())?)
}
