//! The regions as they would be with a batch: every parent exists, and there is no cycle.

use std::collections::{HashMap, HashSet};

use crate::feed::RecordError;

use super::batch::FreightBatch;
use super::location::{At, Location};

/// Regions by their slugs, each with the slug of the region around it.
pub(super) struct Tree<'a> {
    parents: HashMap<&'a str, Option<&'a str>>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(regions: impl Iterator<Item = (&'a str, &'a Location)>) -> Self {
        let mut tree = Self { parents: HashMap::new() };
        tree.extend(regions);
        tree
    }

    /// Adds or replaces regions.
    pub(super) fn extend(&mut self, regions: impl Iterator<Item = (&'a str, &'a Location)>) {
        self.parents.extend(regions.map(|(slug, region)| (slug, region.parent.as_deref())));
    }

    /// The errors in the regions and ports of a batch, in the order of their records.
    pub(super) fn check(&self, batch: &FreightBatch) -> Vec<RecordError> {
        let mut errors = Vec::new();
        let mut acyclic = HashSet::new();
        for (slug, (at, region)) in &batch.regions {
            if let Some(reason) = self.unknown(region) {
                errors.push(parent_error(*at, format!("{reason} (in regions)")));
            } else if self.is_part_of_itself(slug, &mut acyclic) {
                errors.push(parent_error(
                    *at,
                    format!("the region `{slug}` is part of itself (cycle in regions)"),
                ));
            }
        }
        for (at, port) in batch.ports.values() {
            errors.extend(self.unknown(port).map(|reason| parent_error(*at, format!("{reason} (in ports)"))));
        }
        errors.sort_by_key(|error| error.offset);
        errors
    }

    fn unknown(&self, location: &Location) -> Option<String> {
        let parent = location.parent.as_deref().filter(|parent| !self.parents.contains_key(parent))?;
        Some(format!("the region `{parent}` is neither in the dump nor in the database"))
    }

    /// `acyclic` has regions that were found not to be in a cycle.
    fn is_part_of_itself<'s>(&'s self, slug: &'s str, acyclic: &mut HashSet<&'s str>) -> bool {
        let mut path = HashSet::new();
        let mut next = Some(slug);
        while let Some(slug) = next.filter(|slug| !acyclic.contains(slug)) {
            if !path.insert(slug) {
                return true;
            }
            next = self.parents.get(slug).copied().flatten();
        }
        acyclic.extend(path);
        false
    }
}

fn parent_error(at: At, reason: String) -> RecordError {
    RecordError { reason, record: Some(at.record), field: Some("parent_slug"), offset: Some(at.offset) }
}
