//! For how long each price was valid, which time-weighted values are computed from.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::decimal::{Decimal, Dollars, Ratio};
use crate::feed::interval::Interval;
use crate::feed::spot::store::StoredPrice;
use crate::feed::spot::summary;

/// A price is valid until the pool's next record, and for this long at most.
pub const MAX_PRICE_AGE: TimeDelta = TimeDelta::microseconds(summary::MAX_PRICE_AGE);

/// A time for which a price was valid, within a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceSpan {
    /// Inclusive.
    pub from: DateTime<Utc>,
    /// Exclusive.
    pub until: DateTime<Utc>,
    /// Millionths of a US dollar an hour.
    pub micros: i64,
}

/// The spans of prices in `[from, to)`, on days whose dump has landed, given a pool's records in the order of time.
pub fn spans(
    records: &[StoredPrice],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    landed: impl Fn(NaiveDate) -> bool,
) -> Vec<PriceSpan> {
    let mut spans = Vec::with_capacity(records.len());
    for (index, record) in records.iter().enumerate() {
        let next = records.get(index + 1).map_or(DateTime::<Utc>::MAX_UTC, |next| next.observed_at);
        let end = next.min(record.observed_at + MAX_PRICE_AGE).min(to);
        let mut since = record.observed_at.max(from);
        // By days: each counts or does not.
        while since < end {
            let day = since.date_naive();
            let until = end.min(Interval::day(day).end());
            if landed(day) {
                spans.push(PriceSpan { from: since, until, micros: record.micros });
            }
            since = until;
        }
    }
    spans
}

/// For how long each price of a pool was valid, the lowest price first.
pub(super) struct PriceDurations {
    /// StoredPrice in millionths, and for how many microseconds it was valid.
    spans: Vec<(i64, i64)>,
}

impl PriceDurations {
    /// Those on the days of an interval that have a dump, given the pool's records in the order of time.
    pub(super) fn of(
        records: &[StoredPrice],
        interval: Interval,
        landed: impl Fn(NaiveDate) -> bool,
    ) -> Self {
        let length = |span: &PriceSpan| (span.until - span.from).num_microseconds().unwrap_or_default();
        let spans = spans(records, interval.start(), interval.end(), landed);
        let mut spans: Vec<_> = spans.iter().map(|span| (span.micros, length(span))).collect();
        spans.sort_unstable();
        Self { spans }
    }

    fn total(&self) -> i64 {
        self.spans.iter().map(|(_, micros)| micros).sum()
    }

    /// The lowest price that was not exceeded for so many hundredths of the time.
    pub(super) fn quantile(&self, hundredths: i64) -> Option<Dollars> {
        let total = i128::from(self.total());
        let mut passed = 0;
        let reached = self.spans.iter().find(|(_, micros)| {
            passed += i128::from(*micros);
            passed * 100 >= total * i128::from(hundredths)
        });
        reached.map(|(price, _)| Decimal(*price))
    }

    /// Ratio of the time for which the price was not above a budget; nothing if the price is never known.
    pub(super) fn within(&self, budget: Dollars) -> Option<Ratio> {
        let within = self.spans.iter().filter(|(price, _)| *price <= budget.0).map(|(_, micros)| micros);
        let total = self.total();
        (total > 0).then(|| Ratio::of(within.sum(), total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(at: &str, micros: i64) -> StoredPrice {
        StoredPrice { pool_id: 1, observed_at: at.parse().unwrap(), micros, dump_id: 1 }
    }

    fn durations(records: &[StoredPrice], landed: fn(NaiveDate) -> bool) -> PriceDurations {
        let interval = Interval { first: "2026-11-01".parse().unwrap(), last: "2026-11-03".parse().unwrap() };
        PriceDurations::of(records, interval, landed)
    }

    const HOUR: i64 = 3_600_000_000;

    #[test]
    fn a_price_is_valid_for_36_hours_at_most_and_on_days_that_landed() {
        let records = [record("2026-10-31T18:00:00Z", 5), record("2026-11-01T12:00:00Z", 3)];
        assert_eq!(durations(&records, |_| true).spans, [(3, 12 * HOUR), (3, 24 * HOUR), (5, 12 * HOUR)]);
        let first = "2026-11-01".parse().unwrap();
        assert_eq!(durations(&records, |_| false).quantile(50), None);
        let only = PriceDurations::of(&records, Interval::day(first), |_| true);
        assert_eq!(only.spans, [(3, 12 * HOUR), (5, 12 * HOUR)]);
    }

    #[test]
    fn quantiles_are_time_weighted() {
        let records = [
            record("2026-11-01T00:00:00Z", 9),
            record("2026-11-01T06:00:00Z", 1),
            record("2026-11-01T08:00:00Z", 4),
        ];
        let durations = durations(&records, |_| true);
        // 2 h at 1, 36 h at 4, 6 h at 9.
        let quantiles: Vec<Option<i64>> =
            [1, 4, 5, 50, 86, 87, 100].map(|part| durations.quantile(part).map(|price| price.0)).into();
        assert_eq!(quantiles, [1, 1, 4, 4, 4, 9, 9].map(Some));
        assert_eq!(durations.within(Decimal(1)).unwrap().to_string(), "0.045454");
        assert_eq!(durations.within(Decimal(9)), Some(Ratio::ALL));
        assert_eq!(durations.within(Decimal(0)).unwrap().0, 0);
    }
}
