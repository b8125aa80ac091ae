//! The dump revisions whose claims compete while a batch is written.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::feed::Revision;
use crate::feed::spot::day::Day;
use crate::feed::spot::market::Market;
use crate::feed::spot::observation::{DumpId, DumpRef};

/// Index of a market among those of the registered dumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::feed::spot) struct MarketRef(pub(in crate::feed::spot) u32);

/// A UTC day of a market.
pub(in crate::feed::spot) type MarketDay = (MarketRef, Day);

/// A dump revision that has claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::feed::spot) struct Dump {
    /// `ledger.id`.
    pub(in crate::feed::spot) id: DumpId,
    pub(in crate::feed::spot) market: Market,
    /// Its own day.
    pub(in crate::feed::spot) day: Day,
    pub(in crate::feed::spot) revision: Revision,
}

/// The part of a dump that the rule compares.
#[derive(Clone, Copy, Debug)]
struct RegisteredDump {
    id: DumpId,
    market: MarketRef,
    day: Day,
    revision: Revision,
}

/// The registered dumps.
#[derive(Default)]
pub(in crate::feed::spot) struct Dumps {
    entries: Vec<RegisteredDump>,
    by_id: HashMap<DumpId, DumpRef>,
    markets: Vec<Market>,
    market_refs: HashMap<Market, MarketRef>,
}

impl Dumps {
    /// Adds a dump, which must not be registered yet.
    pub(in crate::feed::spot) fn register(&mut self, dump: Dump) -> DumpRef {
        let market = self.market_ref(dump.market);
        let index = DumpRef(self.entries.len() as u32);
        self.entries.push(RegisteredDump { id: dump.id, market, day: dump.day, revision: dump.revision });
        self.by_id.insert(dump.id, index);
        index
    }

    /// The index of a market, which is added if it is new.
    pub(in crate::feed::spot) fn market_ref(&mut self, market: Market) -> MarketRef {
        if let Some(market_ref) = self.market_refs.get(&market) {
            return *market_ref;
        }
        let market_ref = MarketRef(self.markets.len() as u32);
        self.markets.push(market.clone());
        self.market_refs.insert(market, market_ref);
        market_ref
    }

    pub(in crate::feed::spot) fn find(&self, id: DumpId) -> Option<DumpRef> {
        self.by_id.get(&id).copied()
    }

    pub(in crate::feed::spot) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(in crate::feed::spot) fn id(&self, dump: DumpRef) -> DumpId {
        self.entry(dump).id
    }

    pub(in crate::feed::spot) fn market(&self, dump: DumpRef) -> MarketRef {
        self.entry(dump).market
    }

    /// The day that the dump owns.
    pub(in crate::feed::spot) fn market_day(&self, dump: DumpRef) -> MarketDay {
        let RegisteredDump { market, day, .. } = *self.entry(dump);
        (market, day)
    }

    pub(in crate::feed::spot) fn name(&self, market: MarketRef) -> &Market {
        &self.markets[market.0 as usize]
    }

    pub(in crate::feed::spot) fn owns(&self, dump: DumpRef, day: Day) -> bool {
        self.entry(dump).day == day
    }

    /// Of the dumps that have a claim about a day, the one that ranks lowest wins.
    pub(super) fn rank(&self, dump: DumpRef, day: Day) -> impl Ord + use<> {
        let entry = self.entry(dump);
        (entry.day.0.abs_diff(day.0), Reverse(entry.day), Reverse(entry.revision))
    }

    fn entry(&self, dump: DumpRef) -> &RegisteredDump {
        &self.entries[dump.0 as usize]
    }
}
