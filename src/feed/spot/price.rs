//! Prices: exact decimals, kept as whole millionths of a dollar an hour.

/// Digits kept after the point, as `numeric(14, 6)` does.
const SCALE: i32 = 6;
/// Digits kept before the point.
const WHOLE_DIGITS: i32 = 8;

const NOT_A_NUMBER: &str = "the price is not a decimal number";

/// Reads a decimal number exactly; answers millionths, or what is wrong with the text.
pub(super) fn parse(text: &[u8]) -> Result<i64, &'static str> {
    if text.first() == Some(&b'-') {
        return Err("the price is negative");
    }
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        // No larger exponent belongs to a price that could be kept.
        Some(at) => (&text[..at], parse_exponent(&text[at + 1..]).ok_or(NOT_A_NUMBER)?),
        None => (text, 0),
    };
    let point = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
    if point == 0 || point + 1 == mantissa.len() {
        return Err(NOT_A_NUMBER);
    }
    // Position of a digit: 0 is the one before the point, -1 the one after it.
    let mut position = point as i32 - 1 + exponent;
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
            if !(-SCALE..WHOLE_DIGITS).contains(&position) {
                return Err("the price has more digits than are kept (8 before the point, 6 after it)");
            }
            micros += digit * 10_i64.pow((position + SCALE).cast_unsigned());
        }
        position -= 1;
    }
    Ok(micros)
}

fn parse_exponent(digits: &[u8]) -> Option<i32> {
    std::str::from_utf8(digits).ok()?.parse::<i8>().ok().map(i32::from)
}

/// The price as people write it, with all six decimals.
pub(super) fn display(micros: i64) -> String {
    let unit = 10_i64.pow(SCALE.cast_unsigned());
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
            assert_eq!(parse(text.as_bytes()), Ok(micros), "{text}");
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
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_price_survives_being_written(micros in 0..100_000_000_000_000_i64) {
            prop_assert_eq!(parse(display(micros).as_bytes()), Ok(micros));
        }
    }
}
