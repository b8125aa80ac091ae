//! Timestamps as RFC 3339 has them.

use chrono::NaiveDate;

/// Reads timestamps, many of which are of the day of the one before.
#[derive(Default)]
pub(super) struct Timestamps {
    /// The date of the last one, as written, and in days since 1970.
    last: Option<([u8; 10], i64)>,
}

/// Reads RFC 3339 as microseconds since 1970: `YYYY-MM-DD`, `T` or `t` or a space, `hh:mm:ss`, any fraction, and
/// `Z`, `z` or `±hh:mm`. Leap seconds are rejected: Postgres cannot store them.
///
/// What is finer than a microsecond is cut off, never rounded up: 23:59:59.999999999 stays in its day.
///
/// Not by chrono, which also takes U+2212 for a minus sign, and is slower.
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    Timestamps::default().parse(text)
}

impl Timestamps {
    /// As [`parse`].
    pub(super) fn parse(&mut self, text: &[u8]) -> Option<i64> {
        let (written, rest) = text.split_first_chunk()?;
        let (fixed, rest) = rest.split_first_chunk::<9>()?;
        if [fixed[3], fixed[6]] != *b"::" || !matches!(fixed[0], b'T' | b't' | b' ') {
            return None;
        }
        let days = match self.last {
            Some((last, days)) if last == *written => days,
            _ => {
                let days = days(written)?;
                self.last = Some((*written, days));
                days
            }
        };
        let time = hours_and_minutes(&fixed[1..6])?;
        let second = number(&fixed[7..]).filter(|second| *second < 60)?;
        let (micros, zone) = fraction(rest)?;
        let seconds = time + i64::from(second) - offset(zone)?;
        Some(days * 86_400_000_000 + seconds * 1_000_000 + micros)
    }
}

/// The days from 1970 to `YYYY-MM-DD`.
fn days(date: &[u8; 10]) -> Option<i64> {
    if [date[4], date[7]] != *b"--" {
        return None;
    }
    let (year, month, day) = (number(&date[..4])?, number(&date[5..7])?, number(&date[8..])?);
    NaiveDate::from_ymd_opt(year.cast_signed(), month, day).map(|date| date.to_epoch_days().into())
}

/// The microseconds of `.123456789`, if there is a fraction; and what follows it.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = text.strip_prefix(b".") else { return Some((0, text)) };
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, zone) = digits.split_at(length);
    let kept = &digits[..length.min(6)];
    let micros = i64::from(number(kept)?) * 10_i64.pow(6 - kept.len() as u32);
    (length > 0).then_some((micros, zone))
}

/// The seconds that a zone is ahead of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        // The last as AWS writes it, so that nothing is computed for it.
        b"Z" | b"z" | b"+00:00" => Some(0),
        [b'+', rest @ ..] => hours_and_minutes(rest),
        [b'-', rest @ ..] => hours_and_minutes(rest).map(|seconds| -seconds),
        _ => None,
    }
}

/// The seconds of `hh:mm`.
fn hours_and_minutes(text: &[u8]) -> Option<i64> {
    let &[a, b, b':', c, d] = text else { return None };
    let (hour, minute) = (number(&[a, b])?, number(&[c, d])?);
    (hour < 24 && minute < 60).then(|| i64::from(hour * 3_600 + minute * 60))
}

fn number(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Timelike};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_every_form() {
        let expected = parse(b"2018-10-30T23:57:27Z");
        assert_eq!(expected, Some(1_540_943_847_000_000));
        for text in [
            "2018-10-30T23:57:27.000Z",
            "2018-10-30t23:57:27z",
            "2018-10-30 23:57:27Z",
            "2018-10-30T23:57:27+00:00",
            "2018-10-30T23:57:27-00:00",
            "2018-10-31T01:57:27+02:00",
            "2018-10-30T00:00:27.0-23:57",
            "2018-10-30T23:57:27.000000999Z",
            "2018-10-30T23:57:27.0000000000000000000000000000000009Z",
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(parse(b"2018-10-30T23:59:59.999999999Z"), Some(1_540_943_999_999_999));
        assert_eq!(parse(b"2018-10-30T23:59:59.5Z"), Some(1_540_943_999_500_000));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Except leap seconds, which chrono accepts, as seconds of 1.x.
        #[test]
        fn reads_what_chrono_reads(text in "[0-2][0-9]{3}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,12})?(Z|z|[+-][0-2][0-9]:[0-6][0-9]|[+-][0-9]{2,4})") {
            let expected = DateTime::parse_from_rfc3339(&text).ok().filter(|at| at.nanosecond() < 1_000_000_000);
            prop_assert_eq!(parse(text.as_bytes()), expected.map(|at| at.timestamp_micros()));
        }
    }

    proptest! {
        #[test]
        fn the_one_before_changes_nothing(texts in prop::collection::vec("20(18|19)-(02|10)-(29|30)[T ]1[0-9]:00:00(Z|-02:00)", 1..6)) {
            let mut timestamps = Timestamps::default();
            for text in texts {
                prop_assert_eq!(timestamps.parse(text.as_bytes()), parse(text.as_bytes()));
            }
        }
    }

    #[test]
    fn rejects_what_is_not_an_instant() {
        for text in [
            "",
            "2018-10-30",
            "2018-10-30T23:57:27",
            "2018-10-30T23:57:27.",
            "2018-10-30T23:57:27.Z",
            "2018-10-30T23:57:27,5Z",
            "2018-02-30T00:00:00Z",
            "2018-10-30T24:00:00Z",
            "2018-10-30T23:59:60Z",
            "2018-10-30T12:30:60Z",
            "2018-10-30T23:57:27+0200",
            "2018-10-30T23:57:27+02",
            "2018-10-30T23:57:27+24:00",
            "2018-10-30T23:57:27+02:60",
            "2018-10-30T23:57:27\u{2212}02:00",
            "2018-10-30T23:57:27 Z",
            "2018-10-30T23:57:27UTC",
            "2018-10-30_23:57:27Z",
            "20181030T235727Z",
            "1540943847",
            "2018-10-30T23:57:27Zx",
            "+02018-10-30T23:57:27Z",
            "+018-10-30T23:57:27Z",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
