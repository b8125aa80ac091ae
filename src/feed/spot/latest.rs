//! The latest prices before the days that a batch lands.

use diesel::{PgConnection, QueryResult};

use super::observation::{Claim, PoolId};
use super::resolve::{Batch, MarketDay, MarketRef};
use super::store::{dumps, observations};
use super::summary::MAX_PRICE_AGE;

/// The latest stored price of each pool before some days, as far as it may be valid then.
///
/// A dump begins with these prices. So they tell what is stored under nearly all of its claims about days before, and what
/// the summaries of its own day begin with, by one look-up for each pool.
#[derive(Default)]
pub(super) struct Latest {
    days: Vec<MarketDay>,
    /// In the order of their keys.
    rows: Vec<Claim>,
}

/// What is stored under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Row(Claim),
    Nothing,
    /// These prices do not tell.
    Unknown,
}

impl Latest {
    /// Those before the given days. Nothing may be stored between two of them that follow each other.
    pub(super) fn load(
        connection: &mut PgConnection,
        batch: &mut Batch,
        days: Vec<MarketDay>,
    ) -> QueryResult<Self> {
        let stored = observations::latest_before(connection, &batch.dumps, &days)?;
        let mut rows = dumps::register(connection, &mut batch.dumps, stored)?;
        rows.sort_unstable();
        rows.dedup();
        Ok(Self { days, rows })
    }

    /// The prices in the order of their keys.
    pub(super) fn rows(&self) -> &[Claim] {
        &self.rows
    }

    /// What is stored under a key of a market.
    pub(super) fn find(&self, market: MarketRef, (pool, observed_at): (PoolId, i64)) -> Known {
        let until = self.days.iter().filter(|(of, _)| *of == market).map(|(_, day)| day.start());
        let may_be_valid = |until: &i64| observed_at < *until && observed_at > *until - MAX_PRICE_AGE;
        let Some(until) = until.filter(may_be_valid).min() else { return Known::Unknown };
        let before = self.rows.partition_point(|row| row.key() < (pool, until));
        match self.rows[..before].last() {
            Some(row) if row.key() == (pool, observed_at) => Known::Row(*row),
            Some(row) if row.pool == pool && row.observed_at > observed_at => Known::Unknown,
            _ => Known::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::spot::day::Day;
    use crate::feed::spot::observation::DumpRef;

    #[test]
    fn the_latest_price_tells_what_is_stored_up_to_a_day_and_what_is_not() {
        let (market, day) = (MarketRef(0), Day(10));
        let row = |pool, hours: i64| Claim {
            pool: PoolId(pool),
            observed_at: day.start() - hours * 3_600_000_000,
            origin: DumpRef(0),
            price: 1,
        };
        let rows = vec![row(1, 5), row(3, 30)];
        let latest = Latest { days: vec![(market, day)], rows: rows.clone() };
        let find = |pool, hours| latest.find(market, row(pool, hours).key());
        assert_eq!(find(1, 5), Known::Row(rows[0]));
        assert_eq!(find(1, 4), Known::Nothing);
        // Older ones may be there as well.
        assert_eq!(find(1, 6), Known::Unknown);
        assert_eq!(find(2, 1), Known::Nothing);
        assert_eq!(find(3, 30), Known::Row(rows[1]));
        // Nobody looked there.
        assert_eq!(find(2, 36), Known::Unknown);
        assert_eq!(find(2, 0), Known::Unknown);
        assert_eq!(latest.find(MarketRef(1), row(1, 5).key()), Known::Unknown);
    }
}
