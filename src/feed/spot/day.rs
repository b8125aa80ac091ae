//! UTC days and instants as plain numbers: what the landing rules compare.

use chrono::{DateTime, NaiveDate, Utc};

const MICROS: i64 = 86_400_000_000;

/// EC2 sold its first spot instances in December 2009.
pub(super) const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2009, 12, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// A UTC day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub i32);

impl Day {
    /// The day an instant lies in; microseconds since 1970.
    pub fn of(instant: i64) -> Self {
        // Every instant a decoder lets through lies between 2009 and the year 10000.
        Day(instant.div_euclid(MICROS) as i32)
    }

    /// First instant of the day, in microseconds since 1970.
    pub fn start(self) -> i64 {
        i64::from(self.0) * MICROS
    }

    /// First instant after the day, in microseconds since 1970.
    pub fn end(self) -> i64 {
        self.start() + MICROS
    }

    /// The calendar day.
    pub fn date(self) -> NaiveDate {
        instant(self.start()).date_naive()
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Day(date.to_epoch_days())
    }
}

/// The instant as chrono has it; microseconds since 1970.
pub(super) fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_and_end_at_midnight_utc() {
        let day = Day::from(NaiveDate::from_ymd_opt(2018, 10, 30).unwrap());
        assert_eq!(Day::of(day.start()), day);
        assert_eq!(Day::of(day.end() - 1), day);
        assert_eq!(Day::of(day.end()), Day(day.0 + 1));
        assert_eq!(day.date().to_string(), "2018-10-30");
        assert_eq!(instant(day.start()).to_rfc3339(), "2018-10-30T00:00:00+00:00");
    }
}
