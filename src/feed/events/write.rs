//! Writes batches of objects: of all deliveries of an event, the one that was received first counts.

use std::collections::HashMap;

use diesel::{PgConnection, QueryResult};
use uuid::Uuid;

use super::content::{Event, EventsObject};
use super::store::days::{self, DayChanges, Days};
use super::store::ids::{self, Rank};
use super::store::{claims, rows};
use crate::feed::{Counts, PendingDump, Rejection, Role, WriteError, Writer};

/// Writes events.
#[derive(Default)]
pub struct EventsWriter {
    days: Days,
}

/// A delivery of an event: by an object of the batch.
#[derive(Clone, Copy)]
struct Delivery<'b> {
    event: &'b Event,
    /// Its object, by its place in the batch.
    object: usize,
}

impl Delivery<'_> {
    /// What decides: the lowest counts, whatever came first.
    fn rank(&self) -> Rank {
        (self.event.received_at, self.event.digest)
    }
}

impl Writer<EventsObject> for EventsWriter {
    fn prepare(&mut self, connection: &mut PgConnection, contents: &[&EventsObject]) -> QueryResult<()> {
        let events = contents.iter().flat_map(|object| &object.events);
        self.days.ensure(connection, events.map(|event| event.received_at))
    }

    fn write(
        &mut self,
        connection: &mut PgConnection,
        batch: Vec<PendingDump<'_, EventsObject>>,
    ) -> Result<Vec<Result<Counts, Rejection>>, WriteError> {
        let mut counts = vec![Counts::default(); batch.len()];
        let mut changed = DayChanges::default();
        for (pending, counts) in batch.iter().zip(&mut counts) {
            match pending.role {
                Role::Replaces(old) => {
                    let withdrawn = claims::withdraw(connection, &[old])?;
                    counts.removed = withdrawn.removed - withdrawn.restored;
                    changed.merge(&withdrawn.days);
                }
                Role::Outdated | Role::Withdrawn => counts.outdated = pending.content.events.len() as i64,
                Role::First => {}
            }
        }
        let deliveries = sorted(&batch);
        let firsts: Vec<Delivery<'_>> =
            deliveries.chunk_by(|a, b| a.event.id == b.event.id).map(|same| same[0]).collect();
        let all_ids: Vec<Uuid> = firsts.iter().map(|first| first.event.id).collect();
        let known = ids::ranks(connection, &all_ids)?;
        let plan = Plan::of(&deliveries, &known, &mut counts);
        store(connection, &batch, &plan, &mut changed)?;
        changed.count(connection)?;
        Ok(counts.into_iter().map(Ok).collect())
    }
}

/// All deliveries that may count, by event and rank.
fn sorted<'b>(batch: &'b [PendingDump<'_, EventsObject>]) -> Vec<Delivery<'b>> {
    let mut deliveries: Vec<Delivery<'_>> = batch
        .iter()
        .enumerate()
        .filter(|(_, pending)| pending.role.is_current())
        .flat_map(|(object, pending)| {
            pending.content.events.iter().map(move |event| Delivery { event, object })
        })
        .collect();
    deliveries.sort_unstable_by_key(|delivery| (delivery.event.id, delivery.rank(), delivery.object));
    deliveries
}

/// What becomes of each delivery.
#[derive(Default)]
struct Plan<'b> {
    /// Of events that are not stored yet.
    new: Vec<Delivery<'b>>,
    /// Of events that are stored, with a higher rank.
    better: Vec<Delivery<'b>>,
    /// Others count.
    claims: Vec<Delivery<'b>>,
}

impl<'b> Plan<'b> {
    /// Plans for deliveries in their order; counts them for their objects.
    fn of(deliveries: &[Delivery<'b>], known: &HashMap<Uuid, Rank>, counts: &mut [Counts]) -> Self {
        let mut plan = Self::default();
        for same_event in deliveries.chunk_by(|a, b| a.event.id == b.event.id) {
            let first = same_event[0];
            let stored = known.get(&first.event.id).copied();
            let is_best = stored.is_none_or(|stored| first.rank() < stored);
            match stored {
                None => {
                    counts[first.object].new += 1;
                    plan.new.push(first);
                }
                Some(_) if is_best => {
                    counts[first.object].disagreeing += 1;
                    plan.better.push(first);
                }
                Some(_) => {}
            }
            let (_, best_digest) = stored.filter(|_| !is_best).unwrap_or(first.rank());
            for other in &same_event[usize::from(is_best)..] {
                let is_equal = other.event.digest == best_digest;
                let counts = &mut counts[other.object];
                if is_equal {
                    counts.repeated += 1
                } else {
                    counts.disagreeing += 1
                }
                // What an object only repeats itself needs no second delivery.
                if !(is_best && is_equal && other.object == first.object) {
                    plan.claims.push(*other);
                }
            }
        }
        plan
    }
}

fn store(
    connection: &mut PgConnection,
    batch: &[PendingDump<'_, EventsObject>],
    plan: &Plan<'_>,
    changed: &mut DayChanges,
) -> QueryResult<()> {
    let row = |delivery: &Delivery<'_>| {
        let pending = &batch[delivery.object];
        (pending.content.columns(delivery.event), pending.dump_id)
    };
    let added = plan.new.iter().chain(&plan.better);
    added.clone().for_each(|delivery| changed.add(days::day_of(delivery.event.received_at), 1));
    if !plan.better.is_empty() {
        let better: Vec<&Event> = plan.better.iter().map(|delivery| delivery.event).collect();
        changed.merge(&claims::displace(connection, &better)?);
        ids::update(connection, &better)?;
    }
    let new: Vec<&Event> = plan.new.iter().map(|delivery| delivery.event).collect();
    ids::copy(connection, &new)?;
    rows::copy(connection, added.map(row))?;
    if !plan.claims.is_empty() {
        let claim = |delivery: &Delivery<'_>| {
            let (columns, dump_id) = row(delivery);
            (columns, dump_id, delivery.event.digest)
        };
        claims::add(connection, plan.claims.iter().map(claim))?;
    }
    Ok(())
}
