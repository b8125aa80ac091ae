//! What the dumps of a month say, in scratch files.

use std::collections::HashMap;
use std::ops::Range;
use std::{io, mem};

use chrono::{Months, NaiveDate};
use diesel::PgConnection;

use crate::feed::Gather;
use crate::feed::spot::SpotDump;
use crate::feed::spot::day::Day;
use crate::feed::spot::external_sort::ExternalSort;
use crate::feed::spot::market::Market;
use crate::feed::spot::observation::{Observation, PoolId, Recorded, Word};
use crate::feed::spot::pool::PoolKeys;
use crate::feed::spot::sorted::{MAX_RUN_LENGTH, Sorted};

/// Prices that are gathered at most: 768 MiB of scratch files.
const MAX_PRICES: u64 = 32 << 20;

/// A price, with the number of the gathered dump that it comes from.
pub(super) type GatheredPrice = Observation<PoolId, DumpNumber>;

/// The number of a gathered dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DumpNumber(pub(super) u32);

impl Word for DumpNumber {
    fn to_word(self) -> u32 {
        self.0
    }

    fn from_word(word: u32) -> Self {
        Self(word)
    }
}

/// Prices of a month's dumps that wait to be loaded.
pub(in crate::feed::spot) struct Gathered {
    pub(super) month: NaiveDate,
    /// The first day of the month, and the first after it.
    pub(super) days: Range<Day>,
    /// Prices of the month.
    pub(super) prices: ExternalSort<GatheredPrice>,
    /// Prices of earlier months.
    pub(super) earlier: ExternalSort<GatheredPrice>,
    pub(super) dumps: GatheredDumps,
    length: u64,
    /// Connections for what is written beside the landing transaction.
    pub(super) beside: [PgConnection; 2],
}

/// The gathered dumps by market and day.
pub(super) type GatheredDumps = HashMap<(Market, Day), GatheredDump>;

pub(super) struct GatheredDump {
    pub(super) number: DumpNumber,
    /// Exact repeats within the dump.
    pub(super) repeats: u64,
}

impl Gathered {
    /// Nothing yet of the month that begins on this day.
    pub(in crate::feed::spot) fn new(beside: [PgConnection; 2], month: NaiveDate) -> Self {
        let end = month + Months::new(1);
        Self {
            month,
            days: month.into()..end.into(),
            prices: ExternalSort::new(MAX_RUN_LENGTH),
            earlier: ExternalSort::new(MAX_RUN_LENGTH),
            dumps: HashMap::new(),
            length: 0,
            beside,
        }
    }

    /// Whether a dump of the month can be gathered.
    ///
    /// Prices of a later month would be its first rows: it could not be loaded afterwards.
    pub(in crate::feed::spot) fn accepts(&self, dump: &SpotDump) -> Gather {
        if dump.days.last().is_some_and(|last| *last >= self.days.end) {
            Gather::Left
        } else if self.length + dump.observations.len() > MAX_PRICES {
            Gather::Full
        } else {
            Gather::Taken
        }
    }

    /// Whether a day is before the month.
    pub(in crate::feed::spot) fn is_earlier(&self, day: Day) -> bool {
        day < self.days.start
    }

    /// Takes the prices of a dump, given the database ids of its pools.
    pub(in crate::feed::spot) fn take(&mut self, dump: &mut SpotDump, pools: &[PoolId]) -> io::Result<()> {
        let number = DumpNumber(self.dumps.len() as u32);
        let gathered = GatheredDump { number, repeats: dump.repeats() };
        self.dumps.insert((dump.market.clone(), dump.day), gathered);
        self.length += dump.observations.len();
        dump.pools = PoolKeys::default();
        match mem::replace(&mut dump.observations, Sorted::Memory(Vec::new())) {
            Sorted::Memory(prices) => self.add(number, pools, &prices),
            Sorted::Scratch(scratch) => {
                scratch.chunks(MAX_RUN_LENGTH)?.try_for_each(|prices| self.add(number, pools, &prices?))
            }
        }
    }

    fn add(&mut self, number: DumpNumber, pools: &[PoolId], prices: &[Recorded]) -> io::Result<()> {
        let start = self.days.start.start();
        for &Recorded { pool, observed_at, origin: _, price } in prices {
            let price = GatheredPrice { pool: pools[pool.0 as usize], observed_at, origin: number, price };
            if observed_at < start {
                self.earlier.push(price)?;
            } else {
                self.prices.push(price)?;
            }
        }
        Ok(())
    }
}
