//! One batch, one transaction: rows and ledger entries are committed together or not at all.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::result::DatabaseErrorKind;
use diesel::{Connection, PgConnection, QueryResult};

use crate::db::ledger::{self, NewEntry, RejectedAgain, Seen, Standing, Status};
use crate::db::{self, DatabaseUrl};
use crate::feed::{Counts, Feed, Lander, Landing, Rejection, Revision, Role};
use crate::source::Object;

use super::fetch::{Fetched, fetch};
use super::{LandingError, Stop, Task};

/// How often a batch is tried when the server cannot be reached; with the pauses between, that takes half a minute.
const PATIENT: u32 = 7;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// What became of a dump.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// What it says is in the database, as far as its role lets it speak.
    Landed { role: Role, records: u64, bytes: u64, counts: Counts },
    /// The same bytes had landed before.
    Unchanged,
    /// Refused.
    Rejected(Rejection),
    /// Could not be fetched.
    Failed(String),
    /// Deleted since it was listed.
    Gone,
}

/// Lands batch after batch.
pub(super) struct Batcher<'d> {
    database: &'d DatabaseUrl,
    open: Option<(PgConnection, &'static str, Box<dyn Lander>)>,
}

impl<'d> Batcher<'d> {
    pub(super) fn new(database: &'d DatabaseUrl) -> Self {
        Self { database, open: None }
    }

    /// Lands a batch of one feed, and tells what became of each of its dumps.
    ///
    /// A batch that failed is fetched and tried again whole: keeping it until it is known to have
    /// landed would take twice the memory. Should the connection break while it commits, the second
    /// try finds in the ledger whether the first one got through.
    pub(super) fn land(
        &mut self,
        mut batch: Vec<(&Task, Fetched)>,
        stop: &Stop,
        mut tell: impl FnMut(&Task, Outcome),
    ) -> Result<(), LandingError> {
        let tasks: Vec<&Task> = batch.iter().map(|(task, _)| *task).collect();
        let mut attempt = 1;
        let outcomes = loop {
            match self.try_land(batch) {
                Ok(outcomes) => break outcomes,
                Err(error) => {
                    // A new connection and a new lander: neither remembers anything rolled back.
                    self.open = None;
                    if attempt >= attempts(&error) || stop.is_set() {
                        return Err(error);
                    }
                    tracing::warn!(attempt, %error, "the database did not take a batch, trying again");
                    stop.sleep(FIRST_PAUSE * 2_u32.pow(attempt - 1));
                    attempt += 1;
                    batch = tasks.iter().map(|task| (*task, fetch(task, stop))).collect();
                }
            }
        };
        for (task, outcome) in tasks.into_iter().zip(outcomes) {
            if let Some(outcome) = outcome {
                tell(task, outcome);
            }
        }
        Ok(())
    }

    fn try_land(&mut self, batch: Vec<(&Task, Fetched)>) -> Result<Vec<Option<Outcome>>, LandingError> {
        let Some(feed) = batch.first().map(|(task, _)| task.feed) else {
            return Ok(Vec::new());
        };
        let connected = match self.open.take() {
            Some(open) if open.1 == feed.name() => open,
            _ => (db::connect(self.database)?, feed.name(), feed.lander()),
        };
        let (connection, _, lander) = self.open.insert(connected);
        // The ledger entries are written in the transaction of the rows they vouch for: there is
        // never a row without its entry, nor an entry without its rows.
        Ok(connection.transaction(|connection| {
            db::lock_feed(connection, feed.name())?;
            Transaction::open(connection, feed, &batch)?.land(connection, lander.as_mut(), batch)
        })?)
    }
}

/// How often a batch that fails like this is tried.
fn attempts(error: &LandingError) -> u32 {
    use diesel::result::Error;
    match error {
        LandingError::Connection(_) => PATIENT,
        LandingError::Database(Error::DatabaseError(kind, _)) => match kind {
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::SerializationFailure => PATIENT,
            DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::ExclusionViolation => 1,
            // A full disk, a server shutting down, but missing rights too: diesel does not tell them apart.
            _ => 3,
        },
        LandingError::Database(Error::BrokenTransactionManager | Error::RollbackErrorOnCommit { .. }) => {
            PATIENT
        }
        LandingError::Database(_) => 1,
    }
}

/// What the ledger says of a batch's dumps, under the feed's lock.
struct Transaction {
    standing: HashMap<String, Standing>,
    seen: HashMap<(String, String), Seen>,
}

/// What is to be done with a fetched dump.
enum Judgement {
    Land(Role, Revision),
    Unchanged,
}

impl Transaction {
    fn open(connection: &mut PgConnection, feed: &dyn Feed, batch: &[(&Task, Fetched)]) -> QueryResult<Self> {
        let names: Vec<&str> = batch
            .iter()
            .filter_map(|(task, _)| task.claim.as_ref().ok().map(|dump| dump.name.as_str()))
            .collect();
        let mut sources: Vec<&str> = batch.iter().map(|(task, _)| task.source.name()).collect();
        sources.dedup();
        let keys: Vec<&str> = batch.iter().map(|(task, _)| task.object.key.as_str()).collect();
        let standing = ledger::standing_among(connection, feed.name(), &names)?;
        let seen = ledger::seen_among(connection, &sources, &keys)?;
        Ok(Self {
            standing: standing.into_iter().filter_map(|entry| Some((entry.name.clone()?, entry))).collect(),
            seen: seen.into_iter().map(|entry| ((entry.source.clone(), entry.key.clone()), entry)).collect(),
        })
    }

    fn seen(&self, task: &Task) -> Option<&Seen> {
        self.seen.get(&(task.source.name().to_owned(), task.object.key.clone()))
    }

    /// Whether the ledger's latest entry for the object says already that these bytes have landed.
    fn is_noted(&self, task: &Task, object: &Object) -> bool {
        self.seen(task).is_some_and(|seen| {
            seen.fingerprint == object.fingerprint && seen.status != Status::Rejected.as_str()
        })
    }

    fn judge(&self, task: &Task, name: &str, object: &Object, sha256: [u8; 32]) -> Judgement {
        let held =
            |seen: &Seen| seen.status != Status::Rejected.as_str() && seen.sha256.as_deref() == Some(&sha256);
        if self.seen(task).is_some_and(held) {
            // Touched, but still what this place held when it was last looked at.
            return Judgement::Unchanged;
        }
        let modified_at = object.modified_at.timestamp_micros();
        let revision = Revision { modified_at, sha256 };
        let Some(standing) = self.standing.get(name) else {
            return Judgement::Land(Role::First, revision);
        };
        if standing.sha256.as_deref() == Some(&sha256) {
            return Judgement::Unchanged;
        }
        let before = Revision::of_entry(standing.modified_at, standing.sha256.as_deref());
        let same_place = standing.source == task.source.name() && standing.key == object.key;
        let known_to_plan = self.seen(task).map(|seen| seen.id) == task.base;
        if same_place && known_to_plan {
            // The object took the place of the one that landed: it is newer, whatever its clock says.
            let revision = Revision { modified_at: modified_at.max(before.modified_at + 1), sha256 };
            Judgement::Land(Role::Replaces(standing.id), revision)
        } else if revision > before {
            Judgement::Land(Role::Replaces(standing.id), revision)
        } else {
            Judgement::Land(Role::Outdated, revision)
        }
    }

    fn land(
        &self,
        connection: &mut PgConnection,
        lander: &mut dyn Lander,
        batch: Vec<(&Task, Fetched)>,
    ) -> QueryResult<Vec<Option<Outcome>>> {
        let mut ids = ledger::reserve(connection, batch.len())?.into_iter();
        let mut id = || ids.next().ok_or(diesel::result::Error::NotFound);
        let mut landings: Vec<Landing<'_>> = Vec::new();
        let mut entries = Vec::new();
        // Where a dump's counts are to be put: its place in the batch and among the entries.
        let mut places = Vec::new();
        let mut outcomes = Vec::with_capacity(batch.len());
        for (task, fetched) in batch {
            outcomes.push(match (fetched, &task.claim) {
                (Fetched::Decoded { object, sha256, content }, Ok(dump)) => {
                    let records = content.records();
                    match self.judge(task, &dump.name, &object, sha256) {
                        Judgement::Unchanged => {
                            if let Some(standing) = self.standing.get(&dump.name)
                                && standing.sha256.as_deref() == Some(&sha256)
                                && self.seen(task).is_none_or(|seen| seen.sha256.as_deref() != Some(&sha256))
                            {
                                // Said again later at another place: against other revisions, the later word counts.
                                ledger::confirm(connection, standing.id, object.modified_at)?;
                            }
                            if !self.is_noted(task, &object) {
                                entries.push(entry(
                                    id()?,
                                    task,
                                    &object,
                                    Some(sha256),
                                    Status::Unchanged,
                                    records,
                                ));
                            }
                            Some(Outcome::Unchanged)
                        }
                        Judgement::Land(role, revision) => {
                            if let Role::Replaces(old) = role {
                                ledger::supersede(connection, old)?;
                            }
                            let status =
                                if role == Role::Outdated { Status::Superseded } else { Status::Landed };
                            let dump_id = id()?;
                            places.push((outcomes.len(), entries.len()));
                            entries.push(NewEntry {
                                modified_at: DateTime::from_timestamp_micros(revision.modified_at)
                                    .unwrap_or_default(),
                                landed_at: Some(Utc::now()),
                                ..entry(dump_id, task, &object, Some(sha256), status, records)
                            });
                            landings.push(Landing { dump_id, dump, revision, role, content });
                            Some(Outcome::Landed {
                                role,
                                records,
                                bytes: object.size,
                                counts: Counts::default(),
                            })
                        }
                    }
                }
                (Fetched::Rejected { object, sha256, rejection }, _) => {
                    match self.seen(task) {
                        Some(seen)
                            if seen.status == Status::Rejected.as_str()
                                && seen.fingerprint == object.fingerprint =>
                        {
                            let again = RejectedAgain {
                                reason: &rejection.reason,
                                reason_record: rejection.record.map(|record| record as i64),
                                reason_field: rejection.field,
                                reason_offset: rejection.offset.map(|offset| offset as i64),
                            };
                            ledger::reject_again(connection, seen.id, &again)?;
                        }
                        _ => entries.push(NewEntry {
                            reason: Some(rejection.reason.clone()),
                            reason_record: rejection.record.map(|record| record as i64),
                            reason_field: rejection.field,
                            reason_offset: rejection.offset.map(|offset| offset as i64),
                            ..entry(id()?, task, &object, sha256, Status::Rejected, 0)
                        }),
                    }
                    Some(Outcome::Rejected(rejection))
                }
                (Fetched::Failed(error), _) => Some(Outcome::Failed(error)),
                (Fetched::Gone, _) => Some(Outcome::Gone),
                // Left for the next run. A dump is decoded only under a name that could be read.
                (Fetched::Stopped | Fetched::Decoded { .. }, _) => None,
            });
        }
        let landed = lander.land(connection, landings)?;
        for (found, (outcome, entry)) in landed.into_iter().zip(places) {
            let entry: &mut NewEntry = &mut entries[entry];
            entry.rows_new = found.new;
            entry.rows_repeated = found.repeated;
            entry.rows_disagreeing = found.disagreeing;
            entry.rows_outdated = found.outdated;
            entry.rows_removed = found.removed;
            if let Some(Outcome::Landed { counts, .. }) = &mut outcomes[outcome] {
                *counts = found;
            }
        }
        ledger::write(connection, &entries)?;
        Ok(outcomes)
    }
}

fn entry(
    id: i32,
    task: &Task,
    object: &Object,
    sha256: Option<[u8; 32]>,
    status: Status,
    records: u64,
) -> NewEntry {
    let dump = task.claim.as_ref().ok();
    let market = dump.and_then(|dump| dump.market.as_ref());
    NewEntry {
        id,
        feed: task.feed.name(),
        source: task.source.name().to_owned(),
        key: object.key.clone(),
        fingerprint: object.fingerprint.clone(),
        size: object.size as i64,
        modified_at: object.modified_at,
        sha256: sha256.map(|sha256| sha256.to_vec()),
        name: dump.map(|dump| dump.name.clone()),
        day: dump.and_then(|dump| dump.day),
        account_id: market.map(|market| market.account_id.clone()),
        region: market.map(|market| market.region.clone()),
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
        rows_removed: 0,
        landed_at: None,
    }
}
