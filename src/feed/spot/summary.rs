//! Daily summaries of a pool's price.

use std::collections::HashSet;
use std::mem;

use super::day::Day;
use super::observation::PoolId;
use super::resolve::{MarketDay, MarketRef};

/// For how long a price is valid without a newer record, in microseconds. AWS restates unchanged prices about every 24 hours: after a
/// longer gap the pool was withdrawn, or a dump is missing.
pub(super) const MAX_PRICE_AGE: i64 = 36 * 3_600 * 1_000_000;

/// Prices are in millionths of a dollar an hour, times in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DaySummary {
    pub(super) pool: PoolId,
    /// Rows of the day.
    pub(super) records: i32,
    /// Rows of the day with another price than the one valid before.
    pub(super) changes: i32,
    /// For how long of the day the price is known.
    pub(super) covered: i64,
    /// First known price of the day.
    pub(super) open: i64,
    /// Last known price of the day.
    pub(super) close: i64,
    /// Lowest price that was valid.
    pub(super) low: i64,
    /// Highest price that was valid.
    pub(super) high: i64,
    /// Time-weighted average over the time covered, in 10^-10 dollars an hour, rounded half up.
    pub(super) average: i64,
}

/// Summaries with their days, in the order of pools and then of days.
pub(super) type Summaries = Vec<(MarketDay, DaySummary)>;

/// Summarizes rows, which come in the order of their keys.
#[derive(Default)]
pub(super) struct Summarizer {
    wanted: HashSet<MarketDay, foldhash::fast::RandomState>,
    last: Option<PriceRow>,
    sum: Option<DaySum>,
    done: Summaries,
}

/// From when a pool of a market has which price.
#[derive(Clone, Copy)]
pub(super) struct PriceRow {
    pub(super) market: MarketRef,
    pub(super) pool: PoolId,
    pub(super) observed_at: i64,
    pub(super) price: i64,
}

/// The summary so far of a pool on a day.
struct DaySum {
    market: MarketRef,
    day: Day,
    summary: DaySummary,
    /// Prices times the microseconds for which they were valid.
    weighted: i128,
}

impl Summarizer {
    /// A summarizer of these days.
    pub(super) fn of(days: impl IntoIterator<Item = MarketDay>) -> Self {
        Self { wanted: days.into_iter().collect(), ..Self::default() }
    }

    /// Adds the next row.
    pub(super) fn push(&mut self, row: PriceRow) {
        if self.wanted.is_empty() {
            return;
        }
        let before = self.last.replace(row);
        if let Some(before) = before {
            let until = if before.pool == row.pool { row.observed_at } else { i64::MAX };
            self.add_span(before, until);
        }
        let changes = before.is_some_and(|before| {
            before.pool == row.pool
                && before.price != row.price
                && row.observed_at - before.observed_at < MAX_PRICE_AGE
        });
        if let Some(sum) = self.sum(row, Day::of(row.observed_at)) {
            sum.summary.records += 1;
            sum.summary.changes += i32::from(changes);
        }
    }

    /// The summaries of the wanted days, after the last row of a pool: of all pools since the last call.
    pub(super) fn take(&mut self) -> Summaries {
        if let Some(last) = self.last.take() {
            self.add_span(last, i64::MAX);
        }
        self.close();
        mem::take(&mut self.done)
    }

    /// Whether it makes the summaries of a day.
    pub(super) fn is_of(&self, day: MarketDay) -> bool {
        self.wanted.contains(&day)
    }

    /// Adds the time for which the row's price is valid: until an instant, for [`MAX_PRICE_AGE`] at most.
    fn add_span(&mut self, row: PriceRow, until: i64) {
        let until = until.min(row.observed_at + MAX_PRICE_AGE);
        let mut since = row.observed_at;
        while since < until {
            let day = Day::of(since);
            let micros = until.min(day.end()) - since;
            if let Some(sum) = self.sum(row, day) {
                sum.add(row.price, micros);
            }
            since += micros;
        }
    }

    /// The sum of the row's pool on a day that is wanted; days come in their order.
    fn sum(&mut self, row: PriceRow, day: Day) -> Option<&mut DaySum> {
        if self.sum.as_ref().is_none_or(|sum| (sum.summary.pool, sum.day) != (row.pool, day)) {
            self.close();
            if self.wanted.contains(&(row.market, day)) {
                self.sum = Some(DaySum::new(row, day));
            }
        }
        self.sum.as_mut()
    }

    fn close(&mut self) {
        if let Some(sum) = self.sum.take() {
            self.done.push(((sum.market, sum.day), sum.summary()));
        }
    }
}

impl DaySum {
    fn new(row: PriceRow, day: Day) -> Self {
        let PriceRow { market, pool, price, .. } = row;
        let summary = DaySummary {
            pool,
            records: 0,
            changes: 0,
            covered: 0,
            open: price,
            close: price,
            low: price,
            high: price,
            average: 0,
        };
        Self { market, day, summary, weighted: 0 }
    }

    fn add(&mut self, price: i64, micros: i64) {
        self.weighted += i128::from(price) * i128::from(micros);
        let summary = &mut self.summary;
        summary.covered += micros;
        summary.close = price;
        summary.low = summary.low.min(price);
        summary.high = summary.high.max(price);
    }

    fn summary(self) -> DaySummary {
        let covered = i128::from(self.summary.covered);
        let average = (self.weighted * 20_000 + covered) / (2 * covered);
        // No more than the highest price, which the table limits to 10^14 millionths at most.
        DaySummary { average: average as i64, ..self.summary }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    /// Summaries of the days 1 to 5 from `(pool, hour, price)`.
    fn summaries(rows: &[(i32, i64, i64)]) -> Vec<(i32, DaySummary)> {
        let mut summarizer = Summarizer::of((1..=5).map(|day| (MarketRef(0), Day(day))));
        for &(pool, hour, price) in rows {
            summarizer.push(PriceRow {
                market: MarketRef(0),
                pool: PoolId(pool),
                observed_at: hour * HOUR,
                price,
            });
        }
        let mut found = summarizer.take();
        found.sort_by_key(|((_, day), _)| *day);
        found.into_iter().map(|((_, day), summary)| (day.0, summary)).collect()
    }

    #[test]
    fn a_price_is_valid_until_the_next_one_also_past_midnight() {
        let of = summaries(&[(7, 20, 10), (7, 30, 40), (7, 40, 40), (7, 44, 20)]);
        assert_eq!(
            of[0],
            (
                1,
                DaySummary {
                    pool: PoolId(7),
                    records: 3,
                    changes: 2,
                    covered: 24 * HOUR,
                    open: 10,
                    close: 20,
                    low: 10,
                    high: 40,
                    // 6 h of 10, 14 h of 40, 4 h of 20.
                    average: 291_667,
                }
            )
        );
        // Only 20 is known, which is valid for 36 hours at most.
        assert_eq!((of[1].0, of[1].1.records, of[1].1.covered, of[1].1.average), (2, 0, 24 * HOUR, 200_000));
        assert_eq!((of[2].0, of[2].1.covered), (3, 8 * HOUR));
        assert_eq!(of.len(), 3);
    }

    #[test]
    fn a_price_older_than_the_limit_is_unknown() {
        let of = summaries(&[(1, 24, 10), (1, 24 + 40, 20)]);
        let found: Vec<_> = of
            .iter()
            .map(|(day, s)| (*day, s.covered / HOUR, s.records, s.changes, s.open, s.close))
            .collect();
        // From hour 60 to 64 the price is unknown, so 20 does not count as a change.
        assert_eq!(
            found,
            [(1, 24, 1, 0, 10, 10), (2, 20, 1, 0, 10, 20), (3, 24, 0, 0, 20, 20), (4, 4, 0, 0, 20, 20)]
        );
    }

    #[test]
    fn pools_are_kept_apart() {
        let of = summaries(&[(1, 30, 10), (2, 47, 30), (3, 23, 5), (3, 25, 6)]);
        let found: Vec<_> = of.iter().map(|(day, s)| (*day, s.pool.0, s.covered / HOUR, s.open)).collect();
        assert_eq!(
            found,
            [
                (1, 1, 18, 10),
                (1, 2, 1, 30),
                (1, 3, 24, 5),
                (2, 1, 18, 10),
                (2, 2, 24, 30),
                (2, 3, 13, 6),
                (3, 2, 11, 30)
            ]
        );
    }

    #[test]
    fn the_highest_prices_do_not_overflow() {
        let of = summaries(&[(1, 24, 99_999_999_999_999)]);
        assert_eq!(of[0].1.average, 999_999_999_999_990_000);
    }
}
