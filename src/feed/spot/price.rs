//! Prices: exact decimals, kept as whole millionths of a dollar an hour.

/// Digits kept after the point, as `numeric(14, 6)` does.
const DECIMALS: i64 = 6;
/// Digits kept before the point.
const WHOLE_DIGITS: i64 = 8;

const NOT_A_NUMBER: &str = "the price is not a decimal number";

/// Reads a decimal number exactly; returns millionths, or what is wrong with the text.
pub(super) fn parse(text: &[u8]) -> Result<i64, &'static str> {
    parse_plain(text).map_or_else(|| parse_any(text), Ok)
}

/// Reads a price as AWS writes it: digits, the last six of them after the point. Anything else is left to [`parse_any`].
fn parse_plain(text: &[u8]) -> Option<i64> {
    let (whole, [b'.', decimals @ ..]) = text.split_last_chunk::<{ 1 + DECIMALS as usize }>()? else {
        return None;
    };
    if !(1..=WHOLE_DIGITS as usize).contains(&whole.len()) {
        return None;
    }
    whole
        .iter()
        .chain(decimals)
        .try_fold(0, |micros, digit| digit.is_ascii_digit().then(|| micros * 10 + i64::from(digit - b'0')))
}

fn parse_any(text: &[u8]) -> Result<i64, &'static str> {
    if text.first() == Some(&b'-') {
        return Err("the price is negative");
    }
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&text[..at], parse_exponent(&text[at + 1..]).ok_or(NOT_A_NUMBER)?),
        None => (text, 0),
    };
    let point = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
    if point == 0 || point + 1 == mantissa.len() {
        return Err(NOT_A_NUMBER);
    }
    // Position of a digit: 0 is the one before the point, -1 the one after it.
    let mut position = (point as i64 - 1).saturating_add(exponent);
    let mut micros = 0;
    for (at, byte) in mantissa.iter().enumerate() {
        if at == point {
            continue;
        }
        let digit = match byte {
            b'0'..=b'9' => i64::from(byte - b'0'),
            _ => return Err(NOT_A_NUMBER),
        };
        if digit != 0 {
            if !(-DECIMALS..WHOLE_DIGITS).contains(&position) {
                return Err("the price has more digits than are kept (8 before the point, 6 after it)");
            }
            micros += digit * 10_i64.pow((position + DECIMALS) as u32);
        }
        position = position.saturating_sub(1);
    }
    Ok(micros)
}

/// An exponent of any size: also with one far beyond any price, zero is zero and digits can cancel it out.
fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |exponent, digit| {
        let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
        Some(exponent.saturating_mul(10).saturating_add(sign * digit))
    })
}

/// The price in dollars, with all six decimals.
pub(super) fn display(micros: i64) -> String {
    let unit = 10_i64.pow(DECIMALS as u32);
    format!("{}.{:06}", micros / unit, micros % unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_prices_of_dumps() {
        for (text, micros) in [
            ("0.067300", 67_300),
            ("0.0673", 67_300),
            ("4", 4_000_000),
            ("0", 0),
            ("0.0", 0),
            ("00.1", 100_000),
            ("99999999.999999", 99_999_999_999_999),
            ("0.06730000000", 67_300),
            ("6.73e-2", 67_300),
            ("1E2", 100_000_000),
            ("1e+02", 100_000_000),
            ("0e99", 0),
            ("0e999", 0),
            ("0e-99999999999999999999", 0),
            ("0.00e99999999999999999999", 0),
            ("1e00000000000000000000001", 10_000_000),
            (&format!("1{}e-200", "0".repeat(200)), 1_000_000),
            (&format!("0.{}1e300", "0".repeat(299)), 1_000_000),
        ] {
            assert_eq!(parse(text.as_bytes()), Ok(micros), "{text}");
        }
    }

    #[test]
    fn rejects_what_is_not_a_price() {
        for text in [
            "",
            ".",
            "1.",
            ".5",
            "+1",
            "-1",
            "-0.0",
            "NaN",
            "Infinity",
            "inf",
            "1,5",
            "0x1",
            " 1",
            "1 ",
            "1e",
            "1e+",
            "1e+-1",
            "1e 1",
            "1e1.0",
            "1ee1",
            "1e999",
            "1e-999",
            "1e99999999999999999999",
            "1e-99999999999999999999",
            "1.2.3",
            "0.0000001",
            "100000000",
            "1e-7",
            "1e8",
            "١",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn plain_prices_are_read_as_any(text in "[0-9]{0,9}[.]?[0-9]{5,7}[e]?") {
            if let Some(micros) = parse_plain(text.as_bytes()) {
                prop_assert_eq!(parse_any(text.as_bytes()), Ok(micros));
            }
        }

        #[test]
        fn every_price_survives_being_written(micros in 0..100_000_000_000_000_i64) {
            prop_assert_eq!(parse(display(micros).as_bytes()), Ok(micros));
        }
    }
}
