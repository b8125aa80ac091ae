//! Timestamps as dumps write them.

use chrono::{DateTime, NaiveDate, Timelike};

use super::day::Day;

/// Reads RFC 3339 (`…Z`, `….000Z`, `…+00:00`, nanoseconds) as microseconds since 1970.
///
/// What is finer than a microsecond is cut off, never rounded up: 23:59:59.999999999 stays in its day.
pub(super) fn parse(text: &[u8]) -> Option<i64> {
    match parse_whole_second(text) {
        Some(instant) => Some(instant),
        None => parse_any(std::str::from_utf8(text).ok()?),
    }
}

/// Reads the three forms dumps are known to have; anything else, errors included, is left to chrono.
fn parse_whole_second(text: &[u8]) -> Option<i64> {
    let (fixed, zone) = text.split_at_checked(19)?;
    if !matches!(zone, b"Z" | b".000Z" | b"+00:00")
        || [fixed[4], fixed[7], fixed[10], fixed[13], fixed[16]] != *b"--T::"
    {
        return None;
    }
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    let date =
        NaiveDate::from_ymd_opt(number(&fixed[..4])? as i32, number(&fixed[5..7])?, number(&fixed[8..10])?)?;
    let (hour, minute, second) = (number(&fixed[11..13])?, number(&fixed[14..16])?, number(&fixed[17..])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some(Day::from(date).start() + i64::from(hour * 3_600 + minute * 60 + second) * 1_000_000)
}

fn parse_any(text: &str) -> Option<i64> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    // chrono reads a leap second as a second of 1.x; Postgres has no place for it.
    (instant.nanosecond() < 1_000_000_000).then(|| instant.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_every_form() {
        let expected = parse(b"2018-10-30T23:57:27Z");
        assert_eq!(expected, Some(1_540_943_847_000_000));
        for text in [
            "2018-10-30T23:57:27.000Z",
            "2018-10-30T23:57:27+00:00",
            "2018-10-31T01:57:27+02:00",
            "2018-10-30T23:57:27.000000999Z",
        ] {
            assert_eq!(parse(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(parse(b"2018-10-30T23:59:59.999999999Z"), Some(1_540_943_999_999_999));
    }

    proptest! {
        #[test]
        fn the_short_way_reads_what_chrono_reads(text in "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|\\.000Z|\\+00:00)") {
            if let Some(instant) = parse_whole_second(text.as_bytes()) {
                prop_assert_eq!(Some(instant), parse_any(&text));
            }
        }
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "2018-10-30",
            "2018-10-30T23:57:27",
            "2018-02-30T00:00:00Z",
            "2018-10-30T24:00:00Z",
            "2018-10-30T23:59:60Z",
            "1540943847",
            "2018-10-30T23:57:27Zx",
            "+02018-10-30T23:57:27Z",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
