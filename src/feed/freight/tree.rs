//! The regions as they would be with a batch: every parent is there, and none is part of itself.

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

    /// Adds regions, instead of what is known of them.
    pub(super) fn extend(&mut self, regions: impl Iterator<Item = (&'a str, &'a Location)>) {
        self.parents.extend(regions.map(|(slug, region)| (slug, region.parent.as_deref())));
    }

    /// What is wrong with the regions and ports of a batch, in the order of their records.
    pub(super) fn check(&self, batch: &FreightBatch) -> Vec<RecordError> {
        let mut wrong = Vec::new();
        let mut sound = HashSet::new();
        for (slug, (at, region)) in &batch.regions {
            if let Some(reason) = self.unknown(region) {
                wrong.push(refuse(*at, format!("{reason} (in regions)")));
            } else if self.is_part_of_itself(slug, &mut sound) {
                wrong.push(refuse(*at, format!("the region `{slug}` is part of itself (cycle in regions)")));
            }
        }
        for (at, port) in batch.ports.values() {
            wrong.extend(self.unknown(port).map(|reason| refuse(*at, format!("{reason} (in ports)"))));
        }
        wrong.sort_by_key(|error| error.offset);
        wrong
    }

    fn unknown(&self, location: &Location) -> Option<String> {
        let parent = location.parent.as_deref().filter(|parent| !self.parents.contains_key(parent))?;
        Some(format!("the region `{parent}` is neither in the dump nor in the database"))
    }

    /// `sound` has regions from which the way up is known to end.
    fn is_part_of_itself<'s>(&'s self, slug: &'s str, sound: &mut HashSet<&'s str>) -> bool {
        let mut way = HashSet::new();
        let mut next = Some(slug);
        while let Some(slug) = next.filter(|slug| !sound.contains(slug)) {
            if !way.insert(slug) {
                return true;
            }
            next = self.parents.get(slug).copied().flatten();
        }
        sound.extend(way);
        false
    }
}

fn refuse(at: At, reason: String) -> RecordError {
    RecordError { reason, record: Some(at.record), field: Some("parent_slug"), offset: Some(at.offset) }
}
