//! How prices move in one account and region.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};

use super::{
    catalogue,
    dump::{self, Dump},
    pool::{self, Pool},
};
use crate::feed::draws::Draws;

/// One record in so many is in its dump twice.
const REPEATED_ONE_IN: u32 = 10_000;

/// One account in one region, from before the first day on.
pub(super) struct Market {
    account: String,
    region: String,
    pools: Vec<Pool>,
    /// What a record of each pool begins with, shared with the dumps: they may outlive the market.
    openings: Arc<[Box<[u8]>]>,
    /// Mean seconds between two looks at a pool out of turn.
    look_after: f64,
    draws: Draws,
}

impl Market {
    pub(super) fn open(
        account: &str,
        region: &str,
        pools: usize,
        changes_per_day: f64,
        first_day: NaiveDate,
        mut draws: Draws,
    ) -> Self {
        let look_after = pool::look_after(changes_per_day);
        let begin = midnight(first_day);
        let (pools, openings): (Vec<_>, Vec<_>) = catalogue::offers(region, pools)
            .map(|offer| {
                let pool = Pool::open(offer.market, offer.fee, begin, look_after, &mut draws);
                let opening = dump::opening(&offer.zone, &offer.instance_type, offer.product);
                (pool, opening)
            })
            .unzip();
        Self {
            account: account.into(),
            region: region.into(),
            pools,
            openings: openings.into(),
            look_after,
            draws,
        }
    }

    /// The dump of a day. Days must come in order, none twice.
    pub(super) fn dump(&mut self, day: NaiveDate) -> Dump {
        let begin = midnight(day);
        let end = begin + pool::SECONDS_PER_DAY;
        let mut records = Vec::with_capacity(self.pools.len() * 4);
        for (n, pool) in (0..).zip(&mut self.pools) {
            // What happened before the first day is not dumped, but for the last of it.
            while pool.advance(begin, self.look_after, &mut self.draws) {}
            loop {
                let record = pool.record(n);
                records.push(record);
                if self.draws.below(REPEATED_ONE_IN) == 0 {
                    records.push(record);
                }
                if !pool.advance(end, self.look_after, &mut self.draws) {
                    break;
                }
            }
        }
        // Newest first, and among equals by pool number, so that the order never depends on how
        // sorting is done.
        records.sort_unstable_by(|a, b| b.at.cmp(&a.at).then(a.pool.cmp(&b.pool)));
        let name = format!("spotprices_{}_{}_{}.json", day.format("%Y%m%d"), self.account, self.region);
        Dump { name, day, records, openings: Arc::clone(&self.openings) }
    }
}

/// The first second of a day, UTC, in seconds since 1970.
fn midnight(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp()
}
