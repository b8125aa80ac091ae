//! What is there to do: the objects of the sources, less what the ledger knows.

use std::collections::HashMap;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::PgConnection;

use crate::db::ledger::{self, Seen, Status};
use crate::feed::{Claim, DumpName, Feed, Market};
use crate::source::{Listing, Object, Source, Unreadable};

use super::report::{FailedSource, PassedOver};
use super::too_early::TooEarly;
use super::transaction::Delivery;

/// An object to land.
pub struct Task {
    /// Which of the sources of the run it is in, counted from 0.
    pub source_index: usize,
    /// Where it lies.
    pub source: Arc<dyn Source>,
    /// The object as it was listed.
    pub object: Object,
    /// The feed that claims it.
    pub feed: &'static dyn Feed,
    /// Which dump it is, or why its key is refused.
    pub claim: Result<DumpName, String>,
    /// Number of the latest ledger entry for this object when the plan was made.
    pub base: Option<i32>,
}

impl Task {
    /// Where the object lies, as people write it.
    pub fn location(&self) -> String {
        location(self.source.name(), &self.object.key)
    }

    /// The object on its way in.
    pub(super) fn delivery(&self) -> Delivery<'_> {
        Delivery {
            feed: self.feed,
            source: self.source.name(),
            key: &self.object.key,
            dump: self.claim.as_ref().ok(),
            base: self.base,
        }
    }

    /// What may be in a transaction only once.
    pub(super) fn identity(&self) -> &str {
        self.claim.as_ref().map_or(&self.object.key, |dump| &dump.name)
    }
}

/// A source and a key, as people write them.
pub fn location(source: &str, key: &str) -> String {
    if key.starts_with('/') { format!("{source}{key}") } else { format!("{source}/{key}") }
}

/// Which dumps to land.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Days from this one on.
    pub since: Option<NaiveDate>,
    /// Days up to and with this one.
    pub until: Option<NaiveDate>,
    /// These accounts; all if empty.
    pub accounts: Vec<String>,
    /// These regions; all if empty.
    pub regions: Vec<String>,
}

impl Selection {
    fn takes(&self, claim: &Result<DumpName, String>) -> bool {
        let Ok(dump) = claim else {
            // A key that cannot be read belongs to no day, account or region.
            return self.since.is_none()
                && self.until.is_none()
                && self.accounts.is_empty()
                && self.regions.is_empty();
        };
        // Nor does a dump without a day or market belong to any that somebody asks for.
        let among = |wanted: &[String], part: fn(&Market) -> &String| {
            wanted.is_empty() || dump.market.as_ref().is_some_and(|market| wanted.contains(part(market)))
        };
        self.since.is_none_or(|since| dump.day.is_some_and(|day| day >= since))
            && self.until.is_none_or(|until| dump.day.is_some_and(|day| day <= until))
            && among(&self.accounts, |market| &market.account_id)
            && among(&self.regions, |market| &market.region)
    }
}

/// Whether what was rejected before is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What is new or changed.
    New,
    /// What was rejected when it was last seen.
    Rejected,
}

/// What to do.
#[derive(Default)]
pub struct Plan {
    /// The objects to land, neighbours in market and day next to each other.
    pub tasks: Vec<Task>,
    /// Objects listed.
    pub objects: usize,
    /// Objects no feed claims.
    pub foreign: usize,
    /// Objects that are in the ledger as they are.
    pub unchanged: usize,
    /// Objects that were rejected before and have not changed since.
    pub still_rejected: usize,
    /// Dumps outside the selection.
    pub unselected: usize,
    /// Dumps that are new or changed, but of days that have not come.
    pub too_early: Vec<TooEarly>,
    /// Sources with no object that a feed claims, as people name them, and how many objects they list.
    pub without_dumps: Vec<(String, usize)>,
    /// Entries of directories that could not be looked at.
    pub unreadable: Vec<PassedOver>,
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
/// Every key is compared with the ledger, never with a "latest" one: late and re-delivered dumps
/// are found, too. Of what is new, dumps whose day lies after tomorrow as seen from `now` are left aside.
/// A source that cannot be listed keeps no other out: it is noted in the plan.
pub fn plan(
    connection: &mut PgConnection,
    sources: &[Arc<dyn Source>],
    feeds: &[&'static dyn Feed],
    selection: &Selection,
    which: Which,
    now: DateTime<Utc>,
) -> anyhow::Result<Plan> {
    let mut plan = Plan::default();
    for (source_index, source) in sources.iter().enumerate() {
        let Listing { objects, unreadable } = match source.list() {
            Ok(listing) => listing,
            Err(error) => {
                plan.failed_sources.push(FailedSource::new(source.name(), &error));
                continue;
            }
        };
        plan.unreadable.extend(unreadable.into_iter().map(|entry| pass_over(feeds, source.name(), entry)));
        let seen = ledger::seen_in(connection, source.name()).context("cannot read the ledger")?;
        let seen: HashMap<&str, &Seen> = seen.iter().map(|seen| (seen.key.as_str(), seen)).collect();
        plan.objects += objects.len();
        let (listed, foreign_before) = (objects.len(), plan.foreign);
        for object in objects {
            let Some((feed, claim)) = claim(feeds, &object.key) else {
                tracing::debug!(key = object.key, "not a dump");
                plan.foreign += 1;
                continue;
            };
            if !selection.takes(&claim) {
                plan.unselected += 1;
                continue;
            }
            let seen = seen.get(object.key.as_str());
            let rejected = seen.is_some_and(|seen| seen.status == Status::Rejected.as_str());
            let same = seen.is_some_and(|seen| seen.fingerprint == object.fingerprint);
            match which {
                Which::Rejected if !rejected => plan.unchanged += 1,
                Which::New if same && rejected => plan.still_rejected += 1,
                Which::New if same => plan.unchanged += 1,
                Which::New | Which::Rejected => {
                    let location = || location(source.name(), &object.key);
                    let too_early = claim.as_ref().ok().and_then(|dump| TooEarly::of(location, dump, now));
                    match too_early {
                        Some(too_early) => plan.too_early.push(too_early),
                        None => plan.tasks.push(Task {
                            source_index,
                            source: source.clone(),
                            object,
                            feed,
                            claim,
                            base: seen.map(|seen| seen.id),
                        }),
                    }
                }
            }
        }
        if plan.foreign - foreign_before == listed {
            plan.without_dumps.push((source.place(), listed));
        }
    }
    plan.tasks.sort_by(|a, b| {
        (a.feed.name(), &a.claim, &a.object.key).cmp(&(b.feed.name(), &b.claim, &b.object.key))
    });
    Ok(plan)
}

/// Notes an entry that could not be looked at, and whether a dump may be missing for it.
fn pass_over(feeds: &[&'static dyn Feed], source: &str, entry: Unreadable) -> PassedOver {
    let may_hide_dumps = entry.holds_objects || claim(feeds, &entry.key).is_some();
    let location = location(source, &entry.key);
    tracing::warn!(location, error = entry.error, may_hide_dumps, "passed over");
    PassedOver { location, error: entry.error, may_hide_dumps }
}

fn claim(feeds: &[&'static dyn Feed], key: &str) -> Option<(&'static dyn Feed, Result<DumpName, String>)> {
    feeds.iter().find_map(|feed| match feed.claim(key) {
        Claim::Foreign => None,
        Claim::Malformed(reason) => Some((*feed, Err(reason))),
        Claim::Dump(dump) => Some((*feed, Ok(dump))),
    })
}
