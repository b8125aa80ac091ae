//! A batch while it is read: its valid records so far, and its errors.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::feed::{DecodeError, RecordError, Rejection};

use super::batch::{FreightBatch, ReferencedPorts};
use super::fields::{DEST_FIELD, FieldError, ORIG_FIELD};
use super::location::{At, Location};
use super::price::Price;
use super::spill_file::SpillFile;

/// Ports and regions of a dump, and ports that its prices refer to: it bounds the memory of a batch.
/// The world has some 110,000 ports.
const MAX_LOCATIONS: usize = 200_000;

pub(super) struct BatchBuilder {
    ports: BTreeMap<String, (At, Location)>,
    regions: BTreeMap<String, (At, Location)>,
    prices: SpillFile,
    referenced_ports: ReferencedPorts,
    repeats: u64,
    /// The errors so far.
    rejection: Option<Rejection>,
}

impl BatchBuilder {
    pub(super) fn new() -> Self {
        Self {
            ports: BTreeMap::new(),
            regions: BTreeMap::new(),
            prices: SpillFile::new(),
            referenced_ports: ReferencedPorts::default(),
            repeats: 0,
            rejection: None,
        }
    }

    /// Adds a price or its errors.
    pub(super) fn price(&mut self, at: At, price: Result<Price, Vec<FieldError>>) -> Result<(), DecodeError> {
        let price = match price {
            Ok(price) => price,
            // Whatever is wrong, the record must not be skipped.
            Err(errors) if errors.is_empty() => {
                return self.reject(at, (None, "the record is not valid".to_owned()));
            }
            Err(errors) => return errors.into_iter().try_for_each(|error| self.reject(at, error)),
        };
        self.referenced_ports.entry(price.orig).or_insert((at, ORIG_FIELD));
        self.referenced_ports.entry(price.dest).or_insert((at, DEST_FIELD));
        if self.referenced_ports.len() > MAX_LOCATIONS {
            return self.stop(at, format!("the prices refer to more than {MAX_LOCATIONS} ports"));
        }
        self.prices.push(price).map_err(DecodeError::Scratch)
    }

    /// Adds a port under its code.
    pub(super) fn port(&mut self, at: At, code: String, port: Location) -> Result<(), DecodeError> {
        let (repeats, conflict) = insert(&mut self.ports, at, code, port);
        self.count_location(at, repeats, conflict.map(|reason| (Some("code"), reason)))
    }

    /// Adds a region under its slug.
    pub(super) fn region(&mut self, at: At, slug: String, region: Location) -> Result<(), DecodeError> {
        let (repeats, conflict) = insert(&mut self.regions, at, slug, region);
        self.count_location(at, repeats, conflict.map(|reason| (Some("slug"), reason)))
    }

    fn count_location(&mut self, at: At, repeats: u64, error: Option<FieldError>) -> Result<(), DecodeError> {
        self.repeats += repeats;
        if self.ports.len() + self.regions.len() > MAX_LOCATIONS {
            return self.stop(at, format!("the dump has more than {MAX_LOCATIONS} ports and regions"));
        }
        error.map_or(Ok(()), |error| self.reject(at, error))
    }

    /// Adds an error of a record; returns all once there are [`Rejection::MAX_ERRORS`].
    pub(super) fn reject(&mut self, at: At, error: FieldError) -> Result<(), DecodeError> {
        let rejection = self.with(record_error(at, error).into());
        if rejection.errors().len() == Rejection::MAX_ERRORS {
            return Err(DecodeError::Rejected(rejection));
        }
        self.rejection = Some(rejection);
        Ok(())
    }

    /// Stops reading at this record.
    fn stop(&mut self, at: At, reason: String) -> Result<(), DecodeError> {
        Err(self.fail(record_error(at, (None, reason))))
    }

    /// All errors so far, and one of no record.
    pub(super) fn fail(&mut self, error: RecordError) -> DecodeError {
        DecodeError::Rejected(self.with(error.into()))
    }

    /// All errors so far, followed by another one.
    pub(super) fn join(&mut self, error: DecodeError) -> DecodeError {
        let DecodeError::Rejected(rejection) = error else { return error };
        DecodeError::Rejected(self.with(rejection))
    }

    /// The batch, or all errors in it.
    pub(super) fn finish(self) -> Result<FreightBatch, DecodeError> {
        if let Some(rejection) = self.rejection {
            return Err(DecodeError::Rejected(rejection));
        }
        Ok(FreightBatch {
            ports: self.ports,
            regions: self.regions,
            prices: self.prices.finish().map_err(DecodeError::Scratch)?,
            referenced_ports: self.referenced_ports,
            repeats: self.repeats,
        })
    }

    /// The errors so far, followed by later ones.
    fn with(&mut self, later: Rejection) -> Rejection {
        match self.rejection.take() {
            None => later,
            Some(mut rejection) => {
                rejection.extend(later);
                rejection
            }
        }
    }
}

fn record_error(at: At, (field, reason): FieldError) -> RecordError {
    RecordError { reason, record: Some(at.record), field, offset: Some(at.offset) }
}

/// Returns the number of repeats, 0 or 1, and the reason if a record with the same key differs.
fn insert(
    locations: &mut BTreeMap<String, (At, Location)>,
    at: At,
    key: String,
    location: Location,
) -> (u64, Option<String>) {
    match locations.entry(key) {
        Entry::Vacant(free) => {
            free.insert((at, location));
            (0, None)
        }
        Entry::Occupied(taken) if taken.get().1 == location => (1, None),
        Entry::Occupied(taken) => {
            let reason = format!("record {} has other values for `{}`", taken.get().0.record, taken.key());
            (0, Some(reason))
        }
    }
}
