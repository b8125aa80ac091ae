//! Timestamps as senders of events write them.

use crate::feed::timestamp;

/// Microseconds since 1970 of 1970-01-01 and of 2101-01-01: what is outside is an error of a clock.
const VALID: std::ops::Range<i64> = 0..4_133_980_800_000_000;

/// Reads RFC 3339, or the same without a zone, which is UTC, or with a zone in another form (`+0200`, `+02`, `UTC`, each also after
/// a space): in microseconds since 1970.
///
/// # Errors
///
/// It is not a timestamp, or not between 1970-01-01 and 2100-12-31.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    read(text)
        .ok_or_else(|| format!("{text:?} is not a timestamp such as 2019-07-01 12:00:00.123456"))
        .and_then(|at| {
            Some(at)
                .filter(|at| VALID.contains(at))
                .ok_or_else(|| format!("{text} is not between 1970-01-01 and 2100-12-31"))
        })
}

fn read(text: &str) -> Option<i64> {
    // No timestamp is longer, but for a fraction that nobody needs.
    if text.len() > 64 || !text.is_ascii() {
        return None;
    }
    let (time, zone) = text.split_at_checked("YYYY-MM-DD hh:mm:ss".len())?;
    let begin = zone.find([' ', 'U', 'Z', 'z', '+', '-']).unwrap_or(zone.len());
    let (fraction, zone) = zone.split_at(begin);
    let zone = zone.strip_prefix(' ').filter(|zone| !zone.is_empty()).unwrap_or(zone);
    let spelt = match zone.len() {
        _ if matches!(zone, "" | "UTC") => format!("{time}{fraction}Z"),
        3 => format!("{time}{fraction}{zone}:00"),
        5 => format!("{time}{fraction}{}:{}", &zone[..3], &zone[3..]),
        _ => format!("{time}{fraction}{zone}"),
    };
    timestamp::parse(spelt.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        let expected = Ok(1_561_982_400_123_456);
        for text in [
            "2019-07-01 12:00:00.123456",
            "2019-07-01T12:00:00.123456Z",
            "2019-07-01 14:00:00.123456+0200",
            "2019-07-01 14:00:00.123456+02:00",
            "2019-07-01T07:00:00.1234569-0500",
            "2019-07-01 14:00:00.123456 +0200",
            "2019-07-01 14:00:00.123456 +02:00",
            "2019-07-01 12:00:00.123456+00",
            "2019-07-01 12:00:00.123456 UTC",
            "2019-07-01 12:00:00.123456 Z",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(parse("2019-07-01 12:00:00"), Ok(1_561_982_400_000_000));
        assert_eq!(parse("2100-12-31 23:59:59.999999"), Ok(4_133_980_799_999_999));
    }

    #[test]
    fn rejects_what_is_none() {
        for text in [
            "",
            "2019-07-01",
            "2019-07-01 12:00",
            "2019-07-01 12:00:00.",
            "2019-07-01 12:00:00+2",
            "2019-07-01 12:00:00+020",
            "1561982400",
            "2019-07-01 12:00:00 ",
            "2019-07-01 12:00:00  UTC",
            "2019-07-01 12:00:00 CET",
            "2019-07-01 12:00:00+02000",
            "2019-07-01 12:00:00é",
        ] {
            assert!(parse(text).unwrap_err().contains("is not a timestamp"), "{text}");
        }
        for text in ["1969-12-31 23:59:59", "2101-01-01 00:00:00", "0001-01-01 00:00:00"] {
            assert!(parse(text).unwrap_err().contains("is not between"), "{text}");
        }
    }
}
