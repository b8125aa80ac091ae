//! A calendar month, UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Serialize, Serializer};

/// A month, written `2026-10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first: NaiveDate,
}

impl Month {
    /// The month that a day is in.
    pub fn of(day: NaiveDate) -> Self {
        Self { first: day.with_day(1).unwrap_or(day) }
    }

    /// The month before the one that today is in.
    pub fn last_complete(today: NaiveDate) -> Self {
        Self::of(today).back(1)
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last(self) -> NaiveDate {
        self.end().checked_sub_days(Days::new(1)).unwrap_or(self.first)
    }

    /// The first day after it.
    pub fn end(self) -> NaiveDate {
        self.next().first
    }

    /// The month after it.
    pub fn next(self) -> Self {
        Self { first: self.first.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX) }
    }

    /// The month that is so many months earlier.
    pub fn back(self, months: u32) -> Self {
        Self { first: self.first.checked_sub_months(Months::new(months)).unwrap_or(NaiveDate::MIN) }
    }
}

impl FromStr for Month {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_written_so = text.len() == 7
            && text
                .char_indices()
                .all(|(at, char)| if at == 4 { char == '-' } else { char.is_ascii_digit() });
        let first = is_written_so.then(|| format!("{text}-01").parse().ok()).flatten();
        // What is before and after it can be written with four digits, too.
        match first {
            Some(first) if (1000..9999).contains(&Datelike::year(&first)) => Ok(Self { first }),
            _ => Err("write YYYY-MM, such as 2026-10"),
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first.format("%Y-%m"))
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_written_in_one_way() {
        for (text, last, before) in
            [("2024-02", "2024-02-29", "2023-12"), ("2026-12", "2026-12-31", "2026-10")]
        {
            let month: Month = text.parse().unwrap();
            assert_eq!(month.to_string(), text);
            assert_eq!(month.last().to_string(), last);
            assert_eq!(month.back(2).to_string(), before);
        }
        for text in [
            "",
            "2024",
            "2024-13",
            "2024-00",
            "2024-1",
            "24-01-01",
            "2024-01-01",
            "+024-01",
            "0001-01",
            "２-01",
        ] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_month_is_complete_once_the_next_has_begun() {
        for (today, last) in [("2024-01-01", "2023-12"), ("2024-01-31", "2023-12"), ("2024-03-01", "2024-02")]
        {
            assert_eq!(Month::last_complete(today.parse().unwrap()).to_string(), last);
        }
    }
}
