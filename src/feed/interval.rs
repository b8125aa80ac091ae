//! The days of a query.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use thiserror::Error;

/// Days of one query.
pub const MAX_DAYS: i64 = 366;

/// From the first to the last day of an interval whose start is not given: 30 days in all.
const DEFAULT_SPAN: Days = Days::new(29);

/// Whole UTC days, both ends included. Those of a query are made by [`Interval::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Interval {
    /// First day.
    pub first: NaiveDate,
    /// Last day, not before the first.
    pub last: NaiveDate,
}

/// Why two days are not an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidInterval {
    /// The last day is before the first.
    #[error("it is before the first day: write a later one")]
    Backwards,
    /// More than [`MAX_DAYS`].
    #[error("at most {MAX_DAYS} days can be queried at once: write an earlier one")]
    TooLong,
}

impl Interval {
    /// The days from one to another.
    ///
    /// # Errors
    ///
    /// There are none, or more than [`MAX_DAYS`].
    pub fn new(first: NaiveDate, last: NaiveDate) -> Result<Self, InvalidInterval> {
        match (last - first).num_days() {
            ..0 => Err(InvalidInterval::Backwards),
            MAX_DAYS.. => Err(InvalidInterval::TooLong),
            _ => Ok(Self { first, last }),
        }
    }

    /// The days of a month, given its first.
    pub(super) fn month(first: NaiveDate) -> Self {
        let next = first.checked_add_months(Months::new(1));
        Self { first, last: next.and_then(|next| next.pred_opt()).unwrap_or(NaiveDate::MAX) }
    }

    /// The days from one to another; without the first, the last 30 of those that have landed.
    ///
    /// # Errors
    ///
    /// As [`Interval::new`].
    pub fn within(
        landed: Self,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<Self, InvalidInterval> {
        let last = to.unwrap_or_else(|| from.map_or(landed.last, |from| landed.last.max(from)));
        let month = last.checked_sub_days(DEFAULT_SPAN).unwrap_or(last);
        // Days before the first landed one would look like a gap.
        Self::new(from.unwrap_or_else(|| month.max(landed.first.min(last))), last)
    }

    /// One day.
    pub fn day(day: NaiveDate) -> Self {
        Self { first: day, last: day }
    }

    /// The days of `[from, to)`.
    pub fn around(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let last = to - TimeDelta::microseconds(1);
        Self { first: from.date_naive(), last: last.max(from).date_naive() }
    }

    /// Number of days.
    #[expect(clippy::len_without_is_empty, reason = "it always has a day")]
    pub fn len(self) -> i64 {
        (self.last - self.first).num_days() + 1
    }

    /// Every day, the first one first.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |day| *day <= self.last)
    }

    /// Every calendar month, cut where the interval begins and ends.
    pub fn months(self) -> impl Iterator<Item = Self> {
        let next = |part: &Self| part.last.checked_add_days(Days::new(1));
        let part = move |first: NaiveDate| {
            let next = first.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
            let end = next.and_then(|next| next.pred_opt()).unwrap_or(NaiveDate::MAX);
            Self { first, last: end.min(self.last) }
        };
        std::iter::successors(Some(part(self.first)), move |one| {
            next(one).filter(|first| *first <= self.last).map(part)
        })
    }

    /// Its first instant.
    pub fn start(self) -> DateTime<Utc> {
        self.first.and_time(NaiveTime::MIN).and_utc()
    }

    /// The first instant after it.
    pub fn end(self) -> DateTime<Utc> {
        self.last.and_time(NaiveTime::MIN).and_utc() + TimeDelta::days(1)
    }

    /// How long it is, in microseconds.
    pub fn micros(self) -> i64 {
        self.len() * TimeDelta::days(1).num_microseconds().unwrap_or_default()
    }

    /// Whether a day belongs to it.
    pub fn contains(self, day: NaiveDate) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn months_are_cut_where_the_interval_ends() {
        let interval = Interval::new(day("2026-11-28"), day("2027-01-02")).unwrap();
        let months: Vec<String> =
            interval.months().map(|month| format!("{} {}", month.first, month.last)).collect();
        assert_eq!(months, ["2026-11-28 2026-11-30", "2026-12-01 2026-12-31", "2027-01-01 2027-01-02"]);
        assert_eq!(interval.days().count(), 36);
        assert_eq!(interval.micros(), 36 * 86_400_000_000);
    }

    #[test]
    fn an_interval_has_a_day_and_at_most_366() {
        assert_eq!(Interval::new(day("2026-11-02"), day("2026-11-01")), Err(InvalidInterval::Backwards));
        assert!(Interval::new(day("2024-01-01"), day("2024-12-31")).is_ok());
        assert_eq!(Interval::new(day("2024-01-01"), day("2025-01-01")), Err(InvalidInterval::TooLong));
    }

    #[test]
    fn the_end_of_a_range_is_not_in_it() {
        let at = |text: &str| text.parse().unwrap();
        let interval = Interval::around(at("2026-11-01T05:00:00Z"), at("2026-11-03T00:00:00Z"));
        assert_eq!(interval, Interval { first: day("2026-11-01"), last: day("2026-11-02") });
    }
}
