//! The period of a dump.

use chrono::{DateTime, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

/// The length of the time span that a dump covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// A UTC day.
    Day,
    /// A calendar month (UTC).
    Month,
}

impl Period {
    /// The length, as an `interval` of Postgres.
    pub fn as_interval(self) -> &'static str {
        match self {
            Self::Day => "1 day",
            Self::Month => "1 month",
        }
    }

    /// The first day after the period that begins on `first`.
    pub fn end(self, first: NaiveDate) -> NaiveDate {
        let end = match self {
            Self::Day => first.succ_opt(),
            Self::Month => first.checked_add_months(Months::new(1)),
        };
        end.unwrap_or(NaiveDate::MAX)
    }

    /// How long ago the period that begins on `first` ended; zero if it has not ended.
    pub fn lag(self, first: NaiveDate, now: DateTime<Utc>) -> TimeDelta {
        let end = self.end(first).and_time(NaiveTime::MIN).and_utc();
        (now - end).max(TimeDelta::zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_end_where_the_next_begins() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(Period::Day.end(day("2024-02-29")), day("2024-03-01"));
        assert_eq!(Period::Month.end(day("2024-12-01")), day("2025-01-01"));
        let now = "2024-03-02T06:00:00Z".parse().unwrap();
        assert_eq!(Period::Day.lag(day("2024-02-29"), now), TimeDelta::hours(30));
        assert_eq!(Period::Month.lag(day("2024-02-01"), now), TimeDelta::hours(30));
        assert_eq!(Period::Month.lag(day("2024-03-01"), now), TimeDelta::zero());
    }
}
