//! What happens inside a batch's transaction: judge, write rows, write ledger entries.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use crate::db::ledger::{self, NewEntry, RejectedAgain, Seen, Standing, Status};
use crate::feed::{Counts, DumpName, Feed, Lander, Landing, Refusal, Rejection, Revision, Role};
use crate::source::Object;

use super::fetch::Fetched;

/// What became of a dump.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// What it says is in the database, as far as its role lets it speak.
    Landed { role: Role, records: u64, bytes: u64, counts: Counts },
    /// The same bytes had landed before.
    Unchanged,
    /// Refused.
    Rejected(Refusal),
    /// Could not be fetched.
    Failed(String),
    /// Deleted since it was listed.
    Gone,
}

/// An object on its way in, as the ledger will know it.
#[derive(Clone, Copy)]
pub(super) struct Delivery<'a> {
    pub(super) feed: &'static dyn Feed,
    pub(super) source: &'a str,
    pub(super) key: &'a str,
    /// Which dump it is, if its key could be read.
    pub(super) dump: Option<&'a DumpName>,
    /// Number of the latest ledger entry for this object when it was decided to fetch it.
    pub(super) base: Option<i32>,
}

/// What the ledger says of a batch's dumps, under the feed's lock.
pub(super) struct Transaction {
    standing: HashMap<String, Standing>,
    seen: HashMap<(String, String), Seen>,
}

/// What is to be done with a fetched dump.
enum Judgement {
    Land(Role, Revision),
    Unchanged,
}

/// A dump that its lander has yet to take.
struct Pending<'a> {
    /// Its place in the batch.
    place: usize,
    id: i32,
    delivery: Delivery<'a>,
    object: Object,
    records: u64,
    revision: Revision,
    role: Role,
}

impl Transaction {
    /// Reads the ledger; the feed's lock must be held.
    pub(super) fn open(
        connection: &mut PgConnection,
        feed: &dyn Feed,
        batch: &[(Delivery<'_>, Fetched)],
    ) -> QueryResult<Self> {
        let names: Vec<&str> =
            batch.iter().filter_map(|(delivery, _)| Some(delivery.dump?.name.as_str())).collect();
        let mut sources: Vec<&str> = batch.iter().map(|(delivery, _)| delivery.source).collect();
        sources.dedup();
        let keys: Vec<&str> = batch.iter().map(|(delivery, _)| delivery.key).collect();
        let standing = ledger::standing_among(connection, feed.name(), &names)?;
        let seen = ledger::seen_among(connection, &sources, &keys)?;
        Ok(Self {
            standing: standing.into_iter().filter_map(|entry| Some((entry.name.clone()?, entry))).collect(),
            seen: seen.into_iter().map(|entry| ((entry.source.clone(), entry.key.clone()), entry)).collect(),
        })
    }

    /// Lands a batch, whose lander refuses what it must, and writes the ledger.
    pub(super) fn land(
        &self,
        connection: &mut PgConnection,
        lander: &mut dyn Lander,
        batch: Vec<(Delivery<'_>, Fetched)>,
    ) -> QueryResult<Vec<Option<Outcome>>> {
        let mut ids = ledger::reserve(connection, batch.len())?.into_iter();
        let mut id = || ids.next().ok_or(diesel::result::Error::NotFound);
        let mut landings: Vec<Landing<'_>> = Vec::new();
        let mut pending = Vec::new();
        let mut entries = Vec::new();
        let mut superseded = Vec::new();
        let mut outcomes = Vec::with_capacity(batch.len());
        for (delivery, fetched) in batch {
            outcomes.push(match (fetched, delivery.dump) {
                (Fetched::Decoded { object, sha256, content }, Some(dump)) => {
                    let records = content.records();
                    match self.judge(delivery, dump, &object, sha256) {
                        Judgement::Unchanged => {
                            self.confirm(connection, delivery, dump, &object, sha256)?;
                            if !self.is_noted(delivery, &object) {
                                let status = Status::Unchanged;
                                entries.push(entry(id()?, delivery, &object, Some(sha256), status, records));
                            }
                            Some(Outcome::Unchanged)
                        }
                        Judgement::Land(role, revision) => {
                            let (place, dump_id) = (outcomes.len(), id()?);
                            landings.push(Landing { dump_id, dump, revision, role, content });
                            pending.push(Pending {
                                place,
                                id: dump_id,
                                delivery,
                                object,
                                records,
                                revision,
                                role,
                            });
                            None
                        }
                    }
                }
                (Fetched::Rejected { object, sha256, refusal }, _) => {
                    let rejected =
                        self.reject(connection, id()?, delivery, &object, sha256, &refusal.first)?;
                    entries.extend(rejected);
                    Some(Outcome::Rejected(refusal))
                }
                (Fetched::Failed(error), _) => Some(Outcome::Failed(error)),
                (Fetched::Gone, _) => Some(Outcome::Gone),
                // Left for the next run. A dump is decoded only under a name that could be read.
                (Fetched::Stopped | Fetched::Decoded { .. }, _) => None,
            });
        }
        let landed = lander.land(connection, landings)?;
        if landed.len() != pending.len() {
            return Err(diesel::result::Error::QueryBuilderError(
                "the lander did not answer for every dump of its batch".into(),
            ));
        }
        for (pending, landed) in pending.into_iter().zip(landed) {
            let Pending { place, id, delivery, ref object, records, revision, role } = pending;
            outcomes[place] = Some(match landed {
                Ok(counts) => {
                    // Only now: a revision that is refused takes nobody's place.
                    if let Role::Replaces(old) = role {
                        superseded.push(old);
                    }
                    entries.push(landed_entry(&pending, counts)?);
                    Outcome::Landed { role, records, bytes: object.size, counts }
                }
                Err(refusal) => {
                    let sha256 = Some(revision.sha256);
                    entries.extend(self.reject(connection, id, delivery, object, sha256, &refusal.first)?);
                    Outcome::Rejected(refusal)
                }
            });
        }
        ledger::supersede(connection, &superseded)?;
        entries.sort_by_key(|entry| entry.id);
        ledger::write(connection, &entries)?;
        Ok(outcomes)
    }

    fn seen(&self, delivery: Delivery<'_>) -> Option<&Seen> {
        self.seen.get(&(delivery.source.to_owned(), delivery.key.to_owned()))
    }

    /// Whether the ledger's latest entry for the object says already that these bytes have landed.
    fn is_noted(&self, delivery: Delivery<'_>, object: &Object) -> bool {
        self.seen(delivery).is_some_and(|seen| {
            seen.fingerprint == object.fingerprint && seen.status != Status::Rejected.as_str()
        })
    }

    fn judge(&self, delivery: Delivery<'_>, dump: &DumpName, object: &Object, sha256: [u8; 32]) -> Judgement {
        let held =
            |seen: &Seen| seen.status != Status::Rejected.as_str() && seen.sha256.as_deref() == Some(&sha256);
        if self.seen(delivery).is_some_and(held) {
            // Touched, but still what this place held when it was last looked at.
            return Judgement::Unchanged;
        }
        let modified_at = object.modified_at.timestamp_micros();
        let revision = Revision { modified_at, sha256 };
        let Some(standing) = self.standing.get(&dump.name) else {
            return Judgement::Land(Role::First, revision);
        };
        if standing.sha256.as_deref() == Some(&sha256) {
            return Judgement::Unchanged;
        }
        // What has landed has a hash: the table checks that.
        let Some(before) = Revision::of_entry(standing.modified_at, standing.sha256.as_deref()) else {
            return Judgement::Land(Role::Replaces(standing.id), revision);
        };
        let same_place = standing.source == delivery.source && standing.key == delivery.key;
        let known_before = self.seen(delivery).map(|seen| seen.id) == delivery.base;
        if same_place && known_before && !standing.confirmed {
            // The object took the place of the only one that said so: it is newer, whatever its clock says.
            let revision = Revision { modified_at: modified_at.max(before.modified_at + 1), sha256 };
            Judgement::Land(Role::Replaces(standing.id), revision)
        } else if revision > before {
            Judgement::Land(Role::Replaces(standing.id), revision)
        } else {
            Judgement::Land(Role::Outdated, revision)
        }
    }

    /// Said again later at another place: against other revisions, the later word counts.
    fn confirm(
        &self,
        connection: &mut PgConnection,
        delivery: Delivery<'_>,
        dump: &DumpName,
        object: &Object,
        sha256: [u8; 32],
    ) -> QueryResult<()> {
        match self.standing.get(&dump.name) {
            Some(standing)
                if standing.sha256.as_deref() == Some(&sha256)
                    && self.seen(delivery).is_none_or(|seen| seen.sha256.as_deref() != Some(&sha256)) =>
            {
                ledger::confirm(connection, standing.id, object.modified_at)
            }
            _ => Ok(()),
        }
    }

    /// Notes a rejection: in the entry that is there, if the same object was rejected before; otherwise
    /// in a new one, which is answered.
    fn reject(
        &self,
        connection: &mut PgConnection,
        id: i32,
        delivery: Delivery<'_>,
        object: &Object,
        sha256: Option<[u8; 32]>,
        rejection: &Rejection,
    ) -> QueryResult<Option<NewEntry>> {
        let reason_record = rejection.record.map(|record| record as i64);
        let reason_field = rejection.field;
        let reason_offset = rejection.offset.map(|offset| offset as i64);
        match self.seen(delivery) {
            Some(seen)
                if seen.status == Status::Rejected.as_str() && seen.fingerprint == object.fingerprint =>
            {
                let reason = &rejection.reason;
                let again = RejectedAgain { reason, reason_record, reason_field, reason_offset };
                ledger::reject_again(connection, seen.id, &again)?;
                Ok(None)
            }
            _ => Ok(Some(NewEntry {
                reason: Some(rejection.reason.clone()),
                reason_record,
                reason_field,
                reason_offset,
                ..entry(id, delivery, object, sha256, Status::Rejected, 0)
            })),
        }
    }
}

fn landed_entry(pending: &Pending<'_>, counts: Counts) -> QueryResult<NewEntry> {
    let Pending { place: _, id, delivery, object, records, revision, role } = pending;
    let status = if *role == Role::Outdated { Status::Superseded } else { Status::Landed };
    let modified_at = DateTime::from_timestamp_micros(revision.modified_at).ok_or_else(|| {
        let key = &object.key;
        let reason = format!("the modification time of {key} is outside the calendar: touch the object");
        diesel::result::Error::SerializationError(reason.into())
    })?;
    Ok(NewEntry {
        modified_at,
        landed_at: Some(Utc::now()),
        rows_new: counts.new,
        rows_repeated: counts.repeated,
        rows_disagreeing: counts.disagreeing,
        rows_outdated: counts.outdated,
        rows_removed: counts.removed,
        ..entry(*id, *delivery, object, Some(revision.sha256), status, *records)
    })
}

fn entry(
    id: i32,
    delivery: Delivery<'_>,
    object: &Object,
    sha256: Option<[u8; 32]>,
    status: Status,
    records: u64,
) -> NewEntry {
    let market = delivery.dump.and_then(|dump| dump.market.as_ref());
    NewEntry {
        id,
        feed: delivery.feed.name(),
        source: delivery.source.to_owned(),
        key: object.key.clone(),
        fingerprint: object.fingerprint.clone(),
        size: object.size as i64,
        modified_at: object.modified_at,
        sha256: sha256.map(|sha256| sha256.to_vec()),
        name: delivery.dump.map(|dump| dump.name.clone()),
        day: delivery.dump.and_then(|dump| dump.day),
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
        summarized: true,
    }
}
