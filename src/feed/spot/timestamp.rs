//! Timestamps as dumps write them.

use chrono::{DateTime, Timelike};

/// Reads RFC 3339 (`…Z`, `….000Z`, `…+00:00`, nanoseconds) as microseconds since 1970.
///
/// What is finer than a microsecond is cut off, never rounded up: 23:59:59.999999999 stays in its day.
pub(super) fn parse(text: &str) -> Option<i64> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    // chrono reads a leap second as a second of 1.x; Postgres has no place for it.
    (instant.nanosecond() < 1_000_000_000).then(|| instant.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        let expected = parse("2018-10-30T23:57:27Z");
        assert_eq!(expected, Some(1_540_943_847_000_000));
        for text in [
            "2018-10-30T23:57:27.000Z",
            "2018-10-30T23:57:27+00:00",
            "2018-10-31T01:57:27+02:00",
            "2018-10-30T23:57:27.000000999Z",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(parse("2018-10-30T23:59:59.999999999Z"), Some(1_540_943_999_999_999));
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
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
