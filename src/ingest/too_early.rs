//! Dumps of future days.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::feed::DumpName;
use crate::ledger::latest_day;

/// A dump whose day is after tomorrow (UTC): its name is wrong, or the clock of its writer.
///
/// It is reported, not rejected: a rejected dump is not tried again, but this one may become valid by itself. Each run
/// checks it again, and lands it once its day is no longer too far ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TooEarly {
    /// Where it is.
    pub location: String,
    /// The UTC day in its name, or the first of its period.
    pub day: NaiveDate,
}

impl TooEarly {
    /// The report entry of a dump that is too early at this instant; nothing for other dumps.
    pub(super) fn of(location: impl FnOnce() -> String, dump: &DumpName, now: DateTime<Utc>) -> Option<Self> {
        let day = dump.period.filter(|day| *day > latest_day(now))?;
        Some(Self { location: location(), day })
    }
}

impl fmt::Display for TooEarly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "its day, {}, has not come: rename or delete it if the date is wrong (a later run lands it otherwise), and check this machine's clock",
            self.day
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Scope;

    #[test]
    fn tomorrow_is_the_last_day_that_is_not_too_early() {
        let is_early = |day: &str, now: &str| {
            let dump =
                DumpName { scope: Scope::default(), period: Some(day.parse().unwrap()), name: String::new() };
            TooEarly::of(String::new, &dump, now.parse().unwrap()).is_some()
        };
        for (day, now, expected) in [
            ("2026-11-27", "2026-11-27T00:00:00Z", false),
            ("2026-11-28", "2026-11-27T00:00:00Z", false),
            ("2026-11-29", "2026-11-27T00:00:00Z", true),
            ("2026-11-29", "2026-11-27T23:59:59.999999Z", true),
            ("2026-11-29", "2026-11-28T00:00:00Z", false),
            ("2027-01-01", "2026-12-31T12:00:00Z", false),
            ("2062-11-10", "2026-12-31T12:00:00Z", true),
            ("9999-12-31", "2026-12-31T12:00:00Z", true),
            ("2010-01-01", "2026-12-31T12:00:00Z", false),
        ] {
            assert_eq!(is_early(day, now), expected, "{day} at {now}");
        }
        let dump = DumpName { scope: Scope::default(), period: None, name: "rates.sql".to_owned() };
        assert_eq!(TooEarly::of(String::new, &dump, Utc::now()), None);
    }
}
