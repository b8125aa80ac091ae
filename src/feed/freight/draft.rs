//! A batch while it is read: what is good so far, and what is wrong.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::feed::{DecodeError, Refusal, Rejection};

use super::batch::{FreightBatch, Mentions};
use super::fields::{DEST_CODE, Fault, ORIG_CODE};
use super::place::{At, Place};
use super::price::Price;
use super::spool::Spool;

/// Ports and regions a dump may name, and ports its prices may: it bounds the memory of a batch.
/// The world has some 110,000 ports.
const MOST: usize = 200_000;

/// Takes records one by one.
pub(super) struct Draft {
    ports: BTreeMap<String, (At, Place)>,
    regions: BTreeMap<String, (At, Place)>,
    prices: Spool,
    mentions: Mentions,
    repeats: u64,
    /// What is wrong so far.
    refusal: Option<Refusal>,
}

impl Draft {
    pub(super) fn new() -> Self {
        Self {
            ports: BTreeMap::new(),
            regions: BTreeMap::new(),
            prices: Spool::new(),
            mentions: Mentions::default(),
            repeats: 0,
            refusal: None,
        }
    }

    /// Takes a price, or notes what is wrong with it.
    pub(super) fn price(&mut self, at: At, price: Result<Price, Vec<Fault>>) -> Result<(), DecodeError> {
        let price = match price {
            Ok(price) => price,
            // Whatever is wrong, the record must not be passed over.
            Err(faults) if faults.is_empty() => {
                return self.reject(at, (None, "the record is not valid".to_owned()));
            }
            Err(faults) => return faults.into_iter().try_for_each(|fault| self.reject(at, fault)),
        };
        self.mentions.entry(price.orig).or_insert((at, ORIG_CODE));
        self.mentions.entry(price.dest).or_insert((at, DEST_CODE));
        if self.mentions.len() > MOST {
            return self.stop(at, format!("the prices name more than {MOST} ports"));
        }
        self.prices.push(price).map_err(DecodeError::Scratch)
    }

    /// Takes a port under its code.
    pub(super) fn port(&mut self, at: At, code: String, port: Place) -> Result<(), DecodeError> {
        let (repeats, refused) = insert(&mut self.ports, at, code, port);
        self.placed(at, repeats, refused.map(|reason| (Some("code"), reason)))
    }

    /// Takes a region under its slug.
    pub(super) fn region(&mut self, at: At, slug: String, region: Place) -> Result<(), DecodeError> {
        let (repeats, refused) = insert(&mut self.regions, at, slug, region);
        self.placed(at, repeats, refused.map(|reason| (Some("slug"), reason)))
    }

    fn placed(&mut self, at: At, repeats: u64, fault: Option<Fault>) -> Result<(), DecodeError> {
        self.repeats += repeats;
        if self.ports.len() + self.regions.len() > MOST {
            return self.stop(at, format!("the dump names more than {MOST} ports and regions"));
        }
        fault.map_or(Ok(()), |fault| self.reject(at, fault))
    }

    /// Notes what is wrong with a record; an error once that is enough.
    pub(super) fn reject(&mut self, at: At, fault: Fault) -> Result<(), DecodeError> {
        let refusal = self.with(rejection(at, fault));
        if refusal.rejections().count() == Refusal::MOST {
            return Err(DecodeError::Rejected(refusal));
        }
        self.refusal = Some(refusal);
        Ok(())
    }

    /// What comes behind this record is not read any more.
    fn stop(&mut self, at: At, reason: String) -> Result<(), DecodeError> {
        Err(self.fail(rejection(at, (None, reason))))
    }

    /// The same, for what no record is at fault for.
    pub(super) fn fail(&mut self, rejection: Rejection) -> DecodeError {
        DecodeError::Rejected(self.with(rejection))
    }

    /// Puts what was wrong so far before what came to light in another way.
    pub(super) fn join(&mut self, error: DecodeError) -> DecodeError {
        let DecodeError::Rejected(Refusal { first, others }) = error else { return error };
        let mut refusal = self.with(first);
        refusal.others.extend(others);
        DecodeError::Rejected(refusal)
    }

    /// All that was good, or all that was wrong.
    pub(super) fn finish(self) -> Result<FreightBatch, DecodeError> {
        if let Some(refusal) = self.refusal {
            return Err(DecodeError::Rejected(refusal));
        }
        Ok(FreightBatch {
            ports: self.ports,
            regions: self.regions,
            prices: self.prices.finish().map_err(DecodeError::Scratch)?,
            mentions: self.mentions,
            repeats: self.repeats,
        })
    }

    fn with(&mut self, rejection: Rejection) -> Refusal {
        match self.refusal.take() {
            None => rejection.into(),
            Some(mut refusal) => {
                refusal.others.push(rejection);
                refusal
            }
        }
    }
}

fn rejection(at: At, (field, reason): Fault) -> Rejection {
    Rejection { reason, record: Some(at.record), field, offset: Some(at.offset) }
}

/// Answers how many repeats that makes, and why it cannot be if it cannot.
fn insert(
    places: &mut BTreeMap<String, (At, Place)>,
    at: At,
    key: String,
    place: Place,
) -> (u64, Option<String>) {
    match places.entry(key) {
        Entry::Vacant(free) => {
            free.insert((at, place));
            (0, None)
        }
        Entry::Occupied(taken) if taken.get().1 == place => (1, None),
        Entry::Occupied(taken) => {
            let reason = format!("record {} says something else of `{}`", taken.get().0.record, taken.key());
            (0, Some(reason))
        }
    }
}
