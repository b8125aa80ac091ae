//! Validates the fields of a record, in any format.

use chrono::NaiveDate;

use crate::feed::text::shorten;

use super::code::PortCode;
use super::price::Price;

pub(super) const ORIG_FIELD: &str = "orig_code";
pub(super) const DEST_FIELD: &str = "dest_code";
pub(super) const DAY_FIELD: &str = "day";
pub(super) const PRICE_FIELD: &str = "price";

/// Every field of a price.
pub(super) const FIELDS: [&str; 4] = [ORIG_FIELD, DEST_FIELD, DAY_FIELD, PRICE_FIELD];

/// The days a price may be for; others are errors.
const VALID_DAYS: std::ops::RangeInclusive<i32> = 0..=match NaiveDate::from_ymd_opt(2100, 12, 31) {
    Some(day) => day.to_epoch_days(),
    None => 0,
};

/// Bytes of a slug.
const MAX_SLUG_BYTES: usize = 255;

/// An error of a record: its field, if it is about one, and the reason.
pub(super) type FieldError = (Option<&'static str>, String);

/// Reads a price from its fields as they are written, in the order of [`FIELDS`]; returns all errors.
pub(super) fn price([orig, dest, day, price]: [&[u8]; 4]) -> Result<Price, Vec<FieldError>> {
    match (code(orig), code(dest), parse_day(day), whole_number(price)) {
        (Ok(orig), Ok(dest), Ok(day), Ok(price)) => Ok(Price { orig, dest, day, price }),
        (orig, dest, day, price) => {
            let errors = [orig.err(), dest.err(), day.err(), price.err()];
            let errors = FIELDS.into_iter().zip(errors);
            Err(errors.filter_map(|(field, error)| Some((Some(field), error?))).collect())
        }
    }
}

/// The code of a port.
pub(super) fn code(text: &[u8]) -> Result<PortCode, String> {
    PortCode::parse(text)
        .ok_or_else(|| format!("`{}` is not a port's code, 5 upper-case letters or digits", shorten(text)))
}

/// The slug of a region.
pub(super) fn slug(text: &[u8]) -> Result<String, String> {
    let is_slug =
        |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    std::str::from_utf8(text)
        .ok()
        .filter(|text| (1..=MAX_SLUG_BYTES).contains(&text.len()) && text.as_bytes().iter().all(is_slug))
        .map(str::to_owned)
        .ok_or_else(|| {
            let text = shorten(text);
            format!("`{text}` is not a region's slug: lower-case letters, digits, `_` and `-`, {MAX_SLUG_BYTES} at most")
        })
}

/// A day in days since 1970, from `YYYY-MM-DD` and nothing else.
fn parse_day(text: &[u8]) -> Result<i32, String> {
    let day = read_day(text).ok_or_else(|| format!("`{}` is not a day such as 2021-01-31", shorten(text)))?;
    if VALID_DAYS.contains(&day) {
        Ok(day)
    } else {
        Err(format!("{} is not between 1970-01-01 and 2100-12-31", shorten(text)))
    }
}

fn read_day(text: &[u8]) -> Option<i32> {
    let text: &[u8; 10] = text.try_into().ok()?;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0'))
        })
    };
    if [text[4], text[7]] != *b"--" {
        return None;
    }
    let (year, month, day) = (number(&text[..4])?, number(&text[5..7])?, number(&text[8..])?);
    Some(NaiveDate::from_ymd_opt(year.cast_signed(), month, day)?.to_epoch_days())
}

/// A whole number from 0 to the largest `integer`, without a sign.
fn whole_number(text: &[u8]) -> Result<i32, String> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text)
        .ok()
        .filter(|_| digits)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("`{}` is not a whole number from 0 to {}", shorten(text), i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn days_are_written_in_one_way() {
        assert_eq!(parse_day(b"1970-01-01"), Ok(0));
        assert_eq!(parse_day(b"2100-12-31"), Ok(47_846));
        for text in [
            "",
            "2021-1-1",
            "20210101",
            "2021-02-30",
            "2021-01-01T00:00",
            "+021-01-01",
            "2021/01/01",
            "infinity",
        ] {
            assert!(read_day(text.as_bytes()).is_none(), "{text}");
        }
        for text in ["1969-12-31", "2101-01-01", "0000-01-01"] {
            assert!(parse_day(text.as_bytes()).unwrap_err().contains("between"), "{text}");
        }
    }

    #[test]
    fn prices_are_whole() {
        assert_eq!(whole_number(b"0"), Ok(0));
        assert_eq!(whole_number(b"2147483647"), Ok(i32::MAX));
        for text in ["", "-1", "+1", "1.0", "1e3", " 1", "2147483648", "12a", "NaN"] {
            assert!(whole_number(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_are_those_of_chrono(days in VALID_DAYS) {
            let day = NaiveDate::from_epoch_days(days).unwrap();
            prop_assert_eq!(parse_day(day.to_string().as_bytes()), Ok(days));
        }
    }
}
