//! Which months are extracted.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use thiserror::Error;

use crate::month::Month;

/// Which months are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Months {
    /// One, which is complete.
    One(Month),
    /// The last complete one, and those that were missed.
    Missed {
        /// The last complete one.
        last: Month,
    },
}

/// The month is not over.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{month} is not over (UTC): the last complete month is {last}")]
pub struct MonthError {
    month: Month,
    last: Month,
}

impl Months {
    /// A month, if one is named.
    pub fn new(month: Option<Month>, today: NaiveDate) -> Result<Self, MonthError> {
        let last = Month::last_complete(today);
        match month {
            Some(month) if month > last => Err(MonthError { month, last }),
            Some(month) => Ok(Self::One(month)),
            None => Ok(Self::Missed { last }),
        }
    }

    /// The months, in order: of those from the first that has files on, the ones without any, and the last complete one.
    pub(super) fn choose(self, with_files: &BTreeSet<NaiveDate>) -> Vec<Month> {
        match self {
            Self::One(month) => vec![month],
            Self::Missed { last } => {
                let first = with_files.first().map_or(last, |first| Month::of(*first).min(last));
                let all = std::iter::successors(Some(first), |month| Some(month.next()))
                    .take_while(|month| *month <= last);
                all.filter(|month| *month == last || !with_files.contains(&month.first())).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn chosen(today: &str, with_files: &[&str]) -> String {
        let with_files = with_files.iter().map(|text| month(text).first()).collect();
        let months = Months::new(None, today.parse().unwrap()).unwrap().choose(&with_files);
        months.iter().map(|month| format!("{month} ")).collect()
    }

    #[test]
    fn missed_months_are_made_up_for() {
        assert_eq!(chosen("2026-01-01", &[]), "2025-12 ");
        assert_eq!(chosen("2026-01-31", &["2025-12"]), "2025-12 ");
        assert_eq!(chosen("2026-02-01", &["2025-10", "2025-12"]), "2025-11 2026-01 ");
        // As after a clock that was wrong.
        assert_eq!(chosen("2026-02-01", &["2026-03"]), "2026-01 ");
    }

    #[test]
    fn a_month_has_to_be_over() {
        let today = "2026-11-30".parse().unwrap();
        assert_eq!(Months::new(Some(month("2026-10")), today), Ok(Months::One(month("2026-10"))));
        assert_eq!(
            Months::new(Some(month("2026-11")), today).unwrap_err().to_string(),
            "2026-11 is not over (UTC): the last complete month is 2026-10"
        );
    }
}
