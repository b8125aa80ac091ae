//! The state of a batch while it is written.

use std::collections::HashMap;

use crate::feed::spot::day::Day;
use crate::feed::spot::observation::{Claim, DumpRef, PoolId, Recorded};
use crate::feed::{Counts, Role};

use super::changes::Tally;
use super::day_rows::DayRows;
use super::dumps::{Dump, Dumps, MarketDay};

/// The dumps of a batch, those whose claims compete with theirs, and the counts so far.
#[derive(Default)]
pub(in crate::feed::spot) struct Batch {
    pub(in crate::feed::spot) dumps: Dumps,
    pub(in crate::feed::spot) days: DayRows,
    /// The batch's own dumps, which are registered first.
    own: Vec<OwnDump>,
    /// Days whose rows were removed, with the dump that replaces them.
    replaced: HashMap<MarketDay, DumpRef>,
}

struct OwnDump {
    role: Role,
    counts: Counts,
}

impl Batch {
    /// Registers the next dump of the batch, before any that landed earlier.
    pub(in crate::feed::spot) fn add(&mut self, dump: Dump, role: Role) -> DumpRef {
        self.own.push(OwnDump { role, counts: Counts::default() });
        self.dumps.register(dump)
    }

    /// Number of the batch's own dumps.
    pub(in crate::feed::spot) fn len(&self) -> usize {
        self.own.len()
    }

    /// The batch's own dumps with their roles, in their order.
    pub(in crate::feed::spot) fn own(&self) -> impl Iterator<Item = (DumpRef, Role)> {
        self.own.iter().zip(0..).map(|(own, index)| (DumpRef(index), own.role))
    }

    /// The days whose dumps this batch lands.
    pub(in crate::feed::spot) fn landing_days(&self) -> impl Iterator<Item = MarketDay> {
        let landing = self.own().filter(|(_, role)| role.is_current());
        landing.map(|(dump, _)| self.dumps.market_day(dump))
    }

    /// Adds the claims of a dump, given the database ids of its pools.
    pub(in crate::feed::spot) fn add_claims(
        &mut self,
        dump: DumpRef,
        pools: &[PoolId],
        observations: &[Recorded],
        claims: &mut Vec<Claim>,
    ) {
        let before = claims.len();
        claims.extend(
            observations.iter().filter(|observation| self.has_claim(dump, observation.observed_at)).map(
                |&Recorded { pool, observed_at, origin: _, price }| Claim {
                    pool: pools[pool.0 as usize],
                    observed_at,
                    origin: dump,
                    price,
                },
            ),
        );
        self.count_outdated(dump, observations.len() - (claims.len() - before));
    }

    /// Whether what a dump of the batch says of an instant counts.
    pub(in crate::feed::spot) fn has_claim(&self, dump: DumpRef, observed_at: i64) -> bool {
        match self.own[dump.0 as usize].role {
            Role::First | Role::Replaces(_) => true,
            // About its own day, only the newest revision has claims.
            Role::Outdated => !self.dumps.owns(dump, Day::of(observed_at)),
            Role::Withdrawn => false,
        }
    }

    /// Counts observations of a dump that are no claims.
    pub(in crate::feed::spot) fn count_outdated(&mut self, dump: DumpRef, observations: usize) {
        self.own[dump.0 as usize].counts.outdated += observations as i64;
    }

    /// Counts exact repeats within a dump.
    pub(in crate::feed::spot) fn count_repeats(&mut self, dump: DumpRef, repeats: u64) {
        self.own[dump.0 as usize].counts.repeated += repeats as i64;
    }

    /// Counts the rows of the replaced revision that were removed from the dump's own day.
    pub(in crate::feed::spot) fn replace(&mut self, dump: DumpRef, removed: i64) {
        let day = self.dumps.market_day(dump);
        self.own[dump.0 as usize].counts.removed += removed;
        self.days.note_removed(day, removed);
        self.replaced.insert(day, dump);
    }

    /// Adds the counts of changes that are about to be stored.
    pub(in crate::feed::spot) fn apply(&mut self, changes: &Tally) {
        for (own, counts) in self.own.iter_mut().zip(&changes.counts) {
            own.counts += *counts;
        }
        for (day, change) in &changes.days {
            self.days.change(*day, change.added);
            if let Some(dump) = self.replaced.get(day) {
                self.own[dump.0 as usize].counts.removed -= change.restored;
            }
        }
    }

    /// The counts of each own dump, in their order.
    pub(in crate::feed::spot) fn into_counts(self) -> Vec<Counts> {
        self.own.into_iter().map(|own| own.counts).collect()
    }
}
