//! One record: `station,at,celsius`.

use chrono::{DateTime, NaiveDate, Utc};

use super::content::Reading;
use crate::feed::DumpName;
use crate::ledger::Period;

/// The invalid field, if it is one, and what is wrong.
pub(super) type FieldError = (Option<&'static str>, String);

/// Reads a record of a dump; `lowest` is the lowest temperature it may have, in thousandths of a degree Celsius.
pub(super) fn parse(line: &[u8], dump: &DumpName, lowest: i32) -> Result<Reading, FieldError> {
    let line = std::str::from_utf8(line).map_err(|_| (None, "the record is not UTF-8".to_owned()))?;
    let fields: Vec<&str> = line.split(',').collect();
    let [station, at, celsius] = fields[..] else {
        return Err((None, format!("the record has {} fields, not 3", fields.len())));
    };
    if station != dump.scope.as_str() {
        return Err((
            Some("station"),
            format!("the station is not {}, that of the dump's key", dump.scope.as_str()),
        ));
    }
    let at = DateTime::parse_from_rfc3339(at)
        .map_err(|_| (Some("at"), format!("{at:?} is not a timestamp such as 2026-02-01T06:00:00Z")))?
        .to_utc();
    if !dump.period.is_some_and(|first| is_within(at, first)) {
        return Err((Some("at"), format!("{at:?} is not in the month of the dump's key")));
    }
    let temperature = thousandths(celsius)
        .ok_or_else(|| (Some("celsius"), format!("{celsius:?} is not a number such as -12.5")))?;
    if temperature < lowest {
        return Err((Some("celsius"), format!("{celsius} is below {} degrees", lowest / 1_000)));
    }
    Ok(Reading { at: at.timestamp_micros(), temperature })
}

fn is_within(at: DateTime<Utc>, first: NaiveDate) -> bool {
    (first..Period::Month.end(first)).contains(&at.date_naive())
}

/// A decimal number in thousandths, read from its digits: a float would not be exact.
fn thousandths(text: &str) -> Option<i32> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_number = |text: &str, longest: usize| {
        (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !is_number(whole, 3) || !is_number(fraction, 3) {
        return None;
    }
    let value: i32 = format!("{whole}{fraction:0<3}").parse().ok()?;
    Some(if text.starts_with('-') { -value } else { value })
}
