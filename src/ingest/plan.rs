//! What there is to do: the listed objects, less what the ledger knows.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::compression;
use super::missed::{FailedSource, SkippedEntry};
use super::selection::Selection;
use super::task::{Task, location};
use super::too_early::TooEarly;
use crate::db::sqlstate::Cause;
use crate::feed::{DumpName, Feed, KeyMatch};
use crate::ledger::{self, SeenEntry};
use crate::source::{Listing, Object, Source, Unreadable};

/// Whether what was rejected before is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanMode {
    /// What is new or changed.
    New,
    /// What was rejected when it was last seen, also if that was only some of its records.
    Rejected,
}

/// What to do.
#[derive(Default)]
pub struct Plan {
    /// The objects to import, by feed, scope and period.
    pub tasks: Vec<Task>,
    /// Objects listed.
    pub objects: usize,
    /// Objects that are no dump of any feed.
    pub ignored: usize,
    /// Objects that are in the ledger as they are.
    pub unchanged: usize,
    /// Objects that were rejected before and have not changed since.
    pub still_rejected: usize,
    /// Dumps outside the selection.
    pub unselected: usize,
    /// Whether folders of days before the selection were left out of the listings.
    pub left_out: bool,
    /// Dumps that are new or changed, but of days that are still to come.
    pub too_early: Vec<TooEarly>,
    /// Sources without any dump, as people name them, and how many objects they list.
    pub without_dumps: Vec<(String, usize)>,
    /// Entries of directories that could not be read.
    pub unreadable: Vec<SkippedEntry>,
    /// Sources that could not be listed.
    pub failed_sources: Vec<FailedSource>,
}

impl Plan {
    /// Whether dumps may be missing from the plan because they could not be seen.
    pub fn may_lack_dumps(&self) -> bool {
        !self.failed_sources.is_empty() || self.unreadable.iter().any(|entry| entry.may_hide_dumps)
    }
}

/// Lists the sources and subtracts the ledger.
///
/// Every listed key is looked up in the ledger, never compared with a "latest" one: late and re-delivered dumps
/// are found, too. The ledger is asked for the listed keys only, so a plan costs what is listed, not what was ever
/// imported. Of what is new, dumps whose period begins after tomorrow as seen from `now` are left aside.
/// A source that cannot be listed does not affect the others: it is noted in the plan.
///
/// # Errors
///
/// The ledger cannot be read.
pub fn plan(
    connection: &mut PgConnection,
    sources: &[Arc<dyn Source>],
    feeds: &[&'static dyn Feed],
    selection: &Selection,
    mode: PlanMode,
    now: DateTime<Utc>,
) -> anyhow::Result<Plan> {
    let mut plan = Plan::default();
    for (source_index, source) in sources.iter().enumerate() {
        let mut planner =
            Planner { source_index, source, feeds, selection, mode, now, found: Plan::default() };
        let mut failure = None;
        let listed = source.list(selection.since, &mut |page| {
            // What follows cannot be planned either.
            if failure.is_none() {
                failure = planner.add_page(connection, page).err();
            }
        });
        if let Some(error) = failure {
            return Err(error).context("cannot read the ledger");
        }
        match listed {
            Ok(()) => plan.add(planner.finish()),
            // Half of a listing is none: what is missing from it must not look as if it were not there.
            Err(error) => plan.failed_sources.push(FailedSource::new(source.name(), &error)),
        }
    }
    plan.tasks.sort_by(|a, b| {
        (a.feed.name(), &a.dump, &a.object.key).cmp(&(b.feed.name(), &b.dump, &b.object.key))
    });
    Ok(plan)
}

impl Plan {
    fn add(&mut self, other: Plan) {
        self.tasks.extend(other.tasks);
        self.objects += other.objects;
        self.ignored += other.ignored;
        self.unchanged += other.unchanged;
        self.still_rejected += other.still_rejected;
        self.unselected += other.unselected;
        self.left_out |= other.left_out;
        self.too_early.extend(other.too_early);
        self.without_dumps.extend(other.without_dumps);
        self.unreadable.extend(other.unreadable);
    }
}

/// Plans one source, page by page of its listing.
struct Planner<'p> {
    source_index: usize,
    source: &'p Arc<dyn Source>,
    feeds: &'p [&'static dyn Feed],
    selection: &'p Selection,
    mode: PlanMode,
    now: DateTime<Utc>,
    found: Plan,
}

impl Planner<'_> {
    fn add_page(&mut self, connection: &mut PgConnection, page: Listing) -> QueryResult<()> {
        for entry in page.unreadable {
            let skipped = self.skip(entry);
            self.found.unreadable.push(skipped);
        }
        self.found.objects += page.objects.len();
        self.found.left_out |= page.left_out;
        let mut dumps = Vec::new();
        for object in page.objects {
            match match_key(self.feeds, &object.key) {
                None => {
                    tracing::debug!(key = object.key, "not a dump");
                    self.found.ignored += 1;
                }
                Some((feed, dump)) if !self.selection.takes(feed, dump.as_ref()) => {
                    self.found.unselected += 1
                }
                Some((feed, dump)) => dumps.push((object, feed, dump)),
            }
        }
        let keys: Vec<&str> = dumps.iter().map(|(object, ..)| object.key.as_str()).collect();
        let seen = self.seen(connection, &keys)?;
        let seen: HashMap<String, SeenEntry> =
            seen.into_iter().map(|seen| (seen.key.clone(), seen)).collect();
        for (object, feed, dump) in dumps {
            let seen = seen.get(&object.key);
            self.add_dump(object, feed, dump, seen);
        }
        Ok(())
    }

    /// The latest entries of objects. A key that the database's encoding cannot hold has none.
    fn seen(&self, connection: &mut PgConnection, keys: &[&str]) -> QueryResult<Vec<SeenEntry>> {
        match ledger::seen_among(connection, &[self.source.name()], keys) {
            Err(error) if Cause::of(&error) == Cause::Data => match keys.split_at(keys.len() / 2) {
                ([], _) => Ok(Vec::new()),
                (some, others) => Ok([self.seen(connection, some)?, self.seen(connection, others)?].concat()),
            },
            seen => seen,
        }
    }

    fn add_dump(
        &mut self,
        object: Object,
        feed: &'static dyn Feed,
        dump: Result<DumpName, String>,
        seen: Option<&SeenEntry>,
    ) {
        let found = &mut self.found;
        let rejected = seen.is_some_and(SeenEntry::is_rejected);
        let same = seen.is_some_and(|seen| seen.fingerprint == object.fingerprint);
        let replay = self.mode == PlanMode::Rejected && seen.is_some_and(SeenEntry::has_rejected_records);
        match self.mode {
            // What was never imported is neither rejected nor unchanged.
            PlanMode::Rejected if seen.is_none() => {}
            PlanMode::Rejected if !rejected && !replay => found.unchanged += 1,
            PlanMode::New if same && rejected => found.still_rejected += 1,
            PlanMode::New if same => found.unchanged += 1,
            PlanMode::New | PlanMode::Rejected => {
                let location = || location(self.source.name(), &object.key);
                let too_early = dump.as_ref().ok().and_then(|dump| TooEarly::of(location, dump, self.now));
                match too_early {
                    Some(too_early) => found.too_early.push(too_early),
                    None => found.tasks.push(Task {
                        source_index: self.source_index,
                        source: self.source.clone(),
                        object,
                        feed,
                        dump,
                        seen_entry_id: seen.map(|seen| seen.id),
                        replay,
                    }),
                }
            }
        }
    }

    /// Notes an entry that could not be read, and whether a dump may be missing because of it.
    fn skip(&self, entry: Unreadable) -> SkippedEntry {
        let may_hide_dumps = entry.may_contain_objects || match_key(self.feeds, &entry.key).is_some();
        let location = location(self.source.name(), &entry.key);
        tracing::warn!(location, error = entry.error, may_hide_dumps, "skipped");
        SkippedEntry { location, error: entry.error, may_hide_dumps }
    }

    fn finish(mut self) -> Plan {
        let found = &mut self.found;
        if found.ignored == found.objects && !found.left_out {
            found.without_dumps.push((self.source.location(), found.objects));
        }
        // The pages of a listing may overlap: what a later one says of an object is newer.
        found.tasks.reverse();
        found.tasks.sort_by(|a, b| a.object.key.cmp(&b.object.key));
        found.tasks.dedup_by(|a, b| a.object.key == b.object.key);
        self.found
    }
}

fn match_key(
    feeds: &[&'static dyn Feed],
    key: &str,
) -> Option<(&'static dyn Feed, Result<DumpName, String>)> {
    let key = compression::strip_suffix(key);
    feeds.iter().find_map(|feed| match feed.match_key(key) {
        KeyMatch::Ignored => None,
        KeyMatch::Malformed(reason) => Some((*feed, Err(reason))),
        KeyMatch::Dump(dump) => Some((*feed, Ok(dump))),
    })
}
