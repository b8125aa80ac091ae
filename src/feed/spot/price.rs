//! Prices: exact decimals, kept as whole millionths of a dollar an hour.

/// Digits kept after the point, as `numeric(14, 6)` does.
const SCALE: usize = 6;
/// Digits kept before the point.
const WHOLE_DIGITS: usize = 8;

/// Reads a decimal number exactly; answers millionths, or what is wrong with the text.
pub(super) fn parse(text: &str) -> Result<i64, &'static str> {
    if text.starts_with('-') {
        return Err("the price is negative");
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        // An exponent beyond this can only belong to a price out of all bounds, or to zero.
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i8>().map_err(|_| NOT_A_NUMBER)?),
        None => (text, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return Err(NOT_A_NUMBER),
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    let digits = || whole.bytes().chain(fraction.bytes());
    if whole.is_empty() || !digits().all(|digit| digit.is_ascii_digit()) {
        return Err(NOT_A_NUMBER);
    }
    // Position of a digit: 0 is the one before the point, -1 the one after it.
    let first = whole.len() as i64 - 1 + i64::from(exponent);
    let mut micros = 0;
    for (digit, position) in digits().zip((i64::MIN..=first).rev()) {
        let digit = i64::from(digit - b'0');
        if digit == 0 {
            continue;
        }
        if position >= WHOLE_DIGITS as i64 || position < -(SCALE as i64) {
            return Err("the price has more digits than are kept (8 before the point, 6 after it)");
        }
        micros += digit * 10_i64.pow((position + SCALE as i64) as u32);
    }
    Ok(micros)
}

const NOT_A_NUMBER: &str = "the price is not a decimal number";

/// The price as people write it, with all six decimals.
pub(super) fn display(micros: i64) -> String {
    let unit = 10_i64.pow(SCALE as u32);
    format!("{}.{:06}", micros / unit, micros % unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_dumps_hold() {
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
            ("0e99", 0),
        ] {
            assert_eq!(parse(text), Ok(micros), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_price() {
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
            "1e999",
            "1.2.3",
            "0.0000001",
            "100000000",
            "1e-7",
            "1e8",
            "١",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_price_survives_being_written(micros in 0..100_000_000_000_000_i64) {
            prop_assert_eq!(parse(&display(micros)), Ok(micros));
        }
    }
}
