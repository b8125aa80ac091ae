//! Spot-price dumps that look like real ones, for benchmarks and demonstrations.
//!
//! The same [`Simulation`] gives the same bytes, on every platform and for ever: numbers measured
//! on them stay comparable. A market's bytes depend on the seed, the account and the region, never
//! on which other markets are simulated.

mod catalogue;
mod dump;
mod instance_type;
mod market;
mod pool;
#[cfg(test)]
mod tests;

use std::iter;

use chrono::{Days, NaiveDate};

pub use self::dump::{Dump, Record};
use self::market::Market;
use crate::feed::draws::Draws;

/// Price changes a pool and day that give the ratios measured on many real dumps: 64 % of
/// records repeat the price before, 30 % of a dump's rows are in the dump of the day before too.
pub const DEFAULT_CHANGES_PER_DAY: f64 = 0.84;

/// There are 10^12 account ids of 12 digits.
const ACCOUNT_IDS: u64 = 1_000_000_000_000;

/// What to simulate.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulation {
    /// Accounts, each present in every region. The first one's id begins with 0.
    pub accounts: u32,
    /// Region names, each once: lower-case letters, digits and hyphens, as in keys and zone
    /// names.
    pub regions: Vec<String>,
    /// Pools an account has in one region.
    pub pools: usize,
    /// The first day dumped, UTC, in the years 1 to 9999. Its dumps include records from before it,
    /// as every dump does.
    pub first_day: NaiveDate,
    /// Days dumped, each with one dump an account and region.
    pub days: u32,
    /// Mean price changes a pool and day; restatements come on top. Zero, negative or not a number:
    /// prices never change.
    pub changes_per_day: f64,
    /// Another seed gives other accounts and other prices.
    pub seed: u64,
}

impl Simulation {
    /// Every dump, market by market and in each day by day, made when the iterator reaches it.
    ///
    /// More days only append to a market: its first days stay as they were. More accounts or
    /// regions leave the markets that were there alone. Days after the last of the calendar are
    /// left out.
    pub fn dumps(&self) -> impl Iterator<Item = Dump> {
        self.accounts().flat_map(move |account| {
            self.regions.iter().flat_map(move |region| self.market(&account, region))
        })
    }

    /// The account ids, 12 digits each, all different.
    pub fn accounts(&self) -> impl Iterator<Item = String> + use<> {
        let mut draws = Draws::of(self.seed, "accounts", "");
        // The first id is below 10^11, so it has a leading zero: code that reads ids as numbers
        // fails here.
        let first = draws.wide() % (ACCOUNT_IDS / 10);
        // A step that shares no factor with 10^12 visits every id once before it comes back: no two
        // accounts are the same.
        let step = draws.wide() % (ACCOUNT_IDS / 10) * 10 + 1;
        let next = move |id: &u64| Some((id + step) % ACCOUNT_IDS);
        iter::successors(Some(first), next).map(|id| format!("{id:012}")).take(self.accounts as usize)
    }

    fn market(&self, account: &str, region: &str) -> impl Iterator<Item = Dump> + use<> {
        let draws = Draws::of(self.seed, account, region);
        let mut market =
            Market::open(account, region, self.pools, self.changes_per_day, self.first_day, draws);
        let first_day = self.first_day;
        (0..self.days)
            .map_while(move |n| first_day.checked_add_days(Days::new(n.into())))
            .map(move |day| market.dump(day))
    }
}
