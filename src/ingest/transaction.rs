//! What happens inside a batch's transaction, under its locks: classify, write rows, write ledger entries.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::classify::{Action, classify};
use super::fetch_outcome::FetchOutcome;
use super::outcome::Outcome;
use super::task::Delivery;
use crate::feed::{
    Content, Counts, DumpName, PendingDump, RecordError, RejectedRecord, Rejection, Revision, Role,
    TypedFeed, WriteError, Writer,
};
use crate::ledger::{self, CurrentRevision, NewDeadLetter, NewEntry, RejectedAgain, SeenEntry, Status};
use crate::source::Object;

/// Writes a batch, of which its writer rejects what it must, and its ledger entries.
///
/// Returns what became of each dump, in the order of the batch; nothing of those that are left for the next run. Must
/// run in a transaction that holds the locks of the batch's scopes.
pub(super) fn write_batch<F: TypedFeed>(
    connection: &mut PgConnection,
    feed: &F,
    writer: &mut F::Writer,
    batch: Vec<(Delivery<'_>, FetchOutcome<F::Content>)>,
) -> Result<Vec<Option<Outcome>>, WriteError> {
    let known = KnownEntries::load(connection, feed.name(), &batch)?;
    let ids = ledger::reserve_ids(connection, batch.len())?;
    let mut records = Records::default();
    let (mut dumps, mut pending) = (Vec::new(), Vec::new());
    for (id, (delivery, fetched)) in ids.into_iter().zip(batch) {
        let outcome = match (fetched, delivery.dump) {
            (FetchOutcome::Decoded { object, sha256, mut content }, Some(dump)) => {
                let fetched = Revision { modified_at: object.modified_at.timestamp_micros(), sha256 };
                let (count, rejected) = (content.records(), content.take_rejected());
                match classify(delivery, known.seen(delivery), known.current(dump), fetched, rejected.len()) {
                    Action::Skip => {
                        known.confirm(connection, delivery, dump, &object, sha256)?;
                        if !known.is_noted(delivery, &object) {
                            let status = Status::Unchanged;
                            records.entries.push(entry(id, delivery, &object, Some(sha256), status, count));
                        }
                        Some(Outcome::Unchanged)
                    }
                    Action::Write(role, revision) => {
                        let index = records.outcomes.len();
                        pending.push(PendingEntry {
                            index,
                            id,
                            delivery,
                            object,
                            count,
                            rejected,
                            revision,
                            role,
                        });
                        dumps.push(PendingDump { dump_id: id, dump, revision, role, content });
                        None
                    }
                }
            }
            (FetchOutcome::Rejected { object, sha256, rejection }, _) => {
                records.entries.extend(known.reject(connection, id, delivery, &object, sha256, &rejection)?);
                Some(Outcome::Rejected(rejection))
            }
            (FetchOutcome::Failed(error), _) => Some(Outcome::Failed(error)),
            (FetchOutcome::Deleted, _) => Some(Outcome::Deleted),
            // Left for the next run. A dump is decoded only under a name that could be read.
            (FetchOutcome::Stopped | FetchOutcome::Decoded { .. }, _) => None,
        };
        records.outcomes.push(outcome);
    }
    let written = writer.write(connection, dumps)?;
    assert_eq!(written.len(), pending.len(), "a writer returns counts for every dump of its batch");
    for (pending, written) in pending.into_iter().zip(written) {
        let index = pending.index;
        records.outcomes[index] = Some(match written {
            Ok(counts) => records.add_landed(pending, counts),
            Err(rejection) => {
                let PendingEntry { id, delivery, object, revision, .. } = pending;
                let sha256 = Some(revision.sha256);
                records.entries.extend(known.reject(connection, id, delivery, &object, sha256, &rejection)?);
                Outcome::Rejected(rejection)
            }
        });
    }
    Ok(records.write(connection)?)
}

/// What the ledger says of a batch's dumps, under the locks of their scopes.
struct KnownEntries {
    current: HashMap<String, CurrentRevision>,
    seen: HashMap<(String, String), SeenEntry>,
}

/// A dump that is with its writer, as its entry will have it.
struct PendingEntry<'a> {
    /// Its index in the batch.
    index: usize,
    id: i32,
    delivery: Delivery<'a>,
    object: Object,
    /// Records in the dump.
    count: u64,
    rejected: Vec<RejectedRecord>,
    revision: Revision,
    role: Role,
}

/// What the transaction writes to the ledger.
#[derive(Default)]
struct Records {
    entries: Vec<NewEntry>,
    dead_letters: Vec<NewDeadLetter>,
    /// Revisions that others replace.
    superseded: Vec<i32>,
    /// What became of each dump, in the order of the batch.
    outcomes: Vec<Option<Outcome>>,
}

impl Records {
    /// Adds a dump that its writer has written.
    fn add_landed(&mut self, pending: PendingEntry<'_>, counts: Counts) -> Outcome {
        let counts = Counts { rejected: pending.rejected.len() as i64, ..counts };
        assert_eq!(counts.records(), pending.count as i64, "a writer accounts for every record");
        // Only now: a revision that is rejected replaces none.
        if let Role::Replaces(old) = pending.role {
            self.superseded.push(old);
        }
        self.entries.push(landed_entry(&pending, counts));
        let PendingEntry { id, object, count, rejected, role, .. } = pending;
        self.dead_letters.extend(rejected.into_iter().map(|record| dead_letter(id, record)));
        Outcome::Landed { role, records: count, bytes: object.size, counts }
    }

    fn write(mut self, connection: &mut PgConnection) -> QueryResult<Vec<Option<Outcome>>> {
        ledger::supersede(connection, &self.superseded)?;
        self.entries.sort_by_key(|entry| entry.id);
        ledger::write(connection, &self.entries)?;
        ledger::write_dead_letters(connection, &self.dead_letters)?;
        Ok(self.outcomes)
    }
}

impl KnownEntries {
    fn load<C>(
        connection: &mut PgConnection,
        feed: &str,
        batch: &[(Delivery<'_>, FetchOutcome<C>)],
    ) -> QueryResult<Self> {
        let names: Vec<&str> =
            batch.iter().filter_map(|(delivery, _)| Some(delivery.dump?.name.as_str())).collect();
        let mut sources: Vec<&str> = batch.iter().map(|(delivery, _)| delivery.source).collect();
        sources.dedup();
        let keys: Vec<&str> = batch.iter().map(|(delivery, _)| delivery.key).collect();
        let current = ledger::current_revisions(connection, feed, &names)?;
        let seen = ledger::seen_among(connection, &sources, &keys)?;
        Ok(Self {
            current: current.into_iter().filter_map(|entry| Some((entry.name.clone()?, entry))).collect(),
            seen: seen.into_iter().map(|entry| ((entry.source.clone(), entry.key.clone()), entry)).collect(),
        })
    }

    fn seen(&self, delivery: Delivery<'_>) -> Option<&SeenEntry> {
        self.seen.get(&(delivery.source.to_owned(), delivery.key.to_owned()))
    }

    fn current(&self, dump: &DumpName) -> Option<&CurrentRevision> {
        self.current.get(&dump.name)
    }

    /// Whether the ledger's latest entry for the object says already that these bytes are imported.
    fn is_noted(&self, delivery: Delivery<'_>, object: &Object) -> bool {
        self.seen(delivery).is_some_and(|seen| seen.fingerprint == object.fingerprint && !seen.is_rejected())
    }

    /// Notes that the bytes of the current revision were found in another object, modified later: against other
    /// revisions, the later time counts.
    fn confirm(
        &self,
        connection: &mut PgConnection,
        delivery: Delivery<'_>,
        dump: &DumpName,
        object: &Object,
        sha256: [u8; 32],
    ) -> QueryResult<()> {
        match self.current(dump) {
            Some(current)
                if current.sha256.as_deref() == Some(&sha256)
                    && self.seen(delivery).is_none_or(|seen| seen.sha256.as_deref() != Some(&sha256)) =>
            {
                ledger::confirm(connection, current.id, object.modified_at)
            }
            _ => Ok(()),
        }
    }

    /// Notes a rejection: in the entry that is there, if the same object was rejected before; otherwise
    /// in a new one, which is returned.
    fn reject(
        &self,
        connection: &mut PgConnection,
        id: i32,
        delivery: Delivery<'_>,
        object: &Object,
        sha256: Option<[u8; 32]>,
        rejection: &Rejection,
    ) -> QueryResult<Option<NewEntry>> {
        let RecordError { reason, record, field, offset } = rejection.first();
        let reason_record = record.map(|record| record as i64);
        let reason_offset = offset.map(|offset| offset as i64);
        match self.seen(delivery) {
            Some(seen) if seen.is_rejected() && seen.fingerprint == object.fingerprint => {
                let again = RejectedAgain { reason, reason_record, reason_field: *field, reason_offset };
                ledger::reject_again(connection, seen.id, &again)?;
                Ok(None)
            }
            _ => Ok(Some(NewEntry {
                reason: Some(reason.clone()),
                reason_record,
                reason_field: *field,
                reason_offset,
                ..entry(id, delivery, object, sha256, Status::Rejected, 0)
            })),
        }
    }
}

fn landed_entry(pending: &PendingEntry<'_>, counts: Counts) -> NewEntry {
    let PendingEntry { id, delivery, object, count, revision, role, .. } = pending;
    let status = if role.is_current() { Status::Landed } else { Status::Superseded };
    NewEntry {
        // Outside the calendar are only instants that no source can have.
        modified_at: DateTime::from_timestamp_micros(revision.modified_at).unwrap_or(object.modified_at),
        landed_at: Some(Utc::now()),
        rows_new: counts.new,
        rows_repeated: counts.repeated,
        rows_disagreeing: counts.disagreeing,
        rows_outdated: counts.outdated,
        rows_rejected: counts.rejected,
        rows_removed: counts.removed,
        ..entry(*id, *delivery, object, Some(revision.sha256), status, *count)
    }
}

fn dead_letter(dump_id: i32, RejectedRecord { error, raw }: RejectedRecord) -> NewDeadLetter {
    NewDeadLetter {
        dump_id,
        record: error.record.map(|record| record as i64),
        field: error.field,
        reason: error.reason,
        byte_offset: error.offset.map(|offset| offset as i64),
        raw,
    }
}

fn entry(
    id: i32,
    delivery: Delivery<'_>,
    object: &Object,
    sha256: Option<[u8; 32]>,
    status: Status,
    records: u64,
) -> NewEntry {
    NewEntry {
        id,
        feed: delivery.feed,
        source: delivery.source.to_owned(),
        key: object.key.clone(),
        fingerprint: object.fingerprint.clone(),
        size: object.size as i64,
        modified_at: object.modified_at,
        sha256: sha256.map(|sha256| sha256.to_vec()),
        name: delivery.dump.map(|dump| dump.name.clone()),
        day: delivery.dump.and_then(|dump| dump.period),
        scope: delivery.scope().to_owned(),
        status: status.as_str(),
        reason: None,
        reason_record: None,
        reason_field: None,
        reason_offset: None,
        records: records as i64,
        rows_new: 0,
        rows_repeated: 0,
        rows_disagreeing: 0,
        rows_outdated: 0,
        rows_rejected: 0,
        rows_removed: 0,
        landed_at: None,
        summarized: true,
    }
}
