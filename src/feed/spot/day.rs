//! UTC days and instants as plain numbers: what the landing rules compare.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use thiserror::Error;

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// EC2 sold its first spot instances in December 2009.
pub(super) const FIRST_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2009, 12, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// A UTC day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(pub i32);

impl Day {
    /// The day of an instant in microseconds since 1970.
    pub fn of(instant: i64) -> Self {
        // Every instant a decoder accepts is between 2009 and the year 10000.
        Day(instant.div_euclid(MICROS_PER_DAY) as i32)
    }

    /// First instant of the day, in microseconds since 1970.
    pub fn start(self) -> i64 {
        i64::from(self.0) * MICROS_PER_DAY
    }

    /// First instant after the day, in microseconds since 1970.
    pub fn end(self) -> i64 {
        self.start() + MICROS_PER_DAY
    }

    /// First day of its month.
    ///
    /// # Errors
    ///
    /// As [`Day::date`].
    pub fn month(self) -> Result<NaiveDate, OutsideCalendar> {
        self.date()?.with_day(1).ok_or(OutsideCalendar::Day(self.0))
    }

    /// The calendar day.
    ///
    /// # Errors
    ///
    /// The calendar does not go that far, which no decoder accepts.
    pub fn date(self) -> Result<NaiveDate, OutsideCalendar> {
        NaiveDate::from_epoch_days(self.0).ok_or(OutsideCalendar::Day(self.0))
    }
}

/// A number that is not a day or instant of the calendar.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum OutsideCalendar {
    /// Days since 1970-01-01.
    #[error("{0} days from 1970-01-01 is outside the calendar")]
    Day(i32),
    /// Microseconds since 1970.
    #[error("{0} microseconds from 1970 is outside the calendar")]
    Instant(i64),
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Day(date.to_epoch_days())
    }
}

/// The instant as a `DateTime`, from microseconds since 1970.
///
/// # Errors
///
/// The calendar does not go that far, which no decoder accepts.
pub(super) fn instant(micros: i64) -> Result<DateTime<Utc>, OutsideCalendar> {
    DateTime::from_timestamp_micros(micros).ok_or(OutsideCalendar::Instant(micros))
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
        assert_eq!(day.date().unwrap().to_string(), "2018-10-30");
        assert_eq!(instant(day.start()).unwrap().to_rfc3339(), "2018-10-30T00:00:00+00:00");
    }

    #[test]
    fn what_the_calendar_does_not_have_is_an_error_and_not_1970() {
        assert_eq!(instant(i64::MAX), Err(OutsideCalendar::Instant(i64::MAX)));
        assert_eq!(Day(i32::MAX).date(), Err(OutsideCalendar::Day(i32::MAX)));
        assert_eq!(
            Day(i32::MIN).date().unwrap_err().to_string(),
            "-2147483648 days from 1970-01-01 is outside the calendar"
        );
    }
}
