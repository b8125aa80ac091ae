//! Exact decimals, which become numbers in JSON without ever being floats.

use std::fmt;

use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A number of units of 10^-`DIGITS`, zero or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal<const DIGITS: u32>(pub i64);

/// Digits after the point that are read.
const PARSED_DIGITS: u32 = 6;

/// A price in US dollars an hour, in millionths.
pub type Dollars = Decimal<6>;

/// A time-weighted average of prices in US dollars an hour, in units of 10^-10.
pub type Average = Decimal<10>;

/// A part of a whole, from 0 to 1, in millionths. Rounded down, so that 1 means all.
pub type Ratio = Decimal<6>;

/// How often a day something happens, in ten-thousandths.
pub type Rate = Decimal<4>;

impl Ratio {
    /// The whole.
    pub const ALL: Self = Self(1_000_000);

    /// The ratio of a part to a whole; zero of an empty whole.
    pub fn of(part: i64, whole: i64) -> Self {
        let millionths = i128::from(part) * i128::from(Self::ALL.0) / i128::from(whole.max(1));
        Self(i64::try_from(millionths).unwrap_or(Self::ALL.0))
    }
}

impl<const DIGITS: u32> Decimal<DIGITS> {
    /// Reads a decimal number exactly; returns what is wrong with any other text.
    ///
    /// # Errors
    ///
    /// The text is not a decimal number, is negative, too large, or has more digits after the point than are kept: six,
    /// or `DIGITS` where that is less.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let micros = super::super::price::parse(text.as_bytes())?;
        let units = match DIGITS.checked_sub(PARSED_DIGITS) {
            Some(more) => 10_i64.checked_pow(more).and_then(|factor| micros.checked_mul(factor)),
            None => match 10_i64.pow(PARSED_DIGITS - DIGITS) {
                divisor if micros % divisor == 0 => Some(micros / divisor),
                _ => return Err("the number has more digits after the point than are kept"),
            },
        };
        units.map(Self).ok_or("the number is too large")
    }
}

impl<const DIGITS: u32> fmt::Display for Decimal<DIGITS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_i64.pow(DIGITS);
        write!(f, "{}.{:0width$}", self.0 / unit, self.0 % unit, width = DIGITS as usize)
    }
}

impl<const DIGITS: u32> Serialize for Decimal<DIGITS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.to_string()).map_err(S::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_kept_in_json() {
        let json = serde_json::to_string(&(Dollars::parse("0.0673"), Average::default())).unwrap();
        assert_eq!(json, r#"[{"Ok":0.067300},0.0000000000]"#);
        assert_eq!(serde_json::to_string(&Decimal::<4>(12_345)).unwrap(), "1.2345");
        assert!(Dollars::parse("-1").is_err());
    }

    #[test]
    fn what_is_read_is_exact_or_rejected() {
        assert_eq!(Decimal::<4>::parse("1.2345"), Ok(Decimal(12_345)));
        assert_eq!(Decimal::<4>::parse("1.23450"), Ok(Decimal(12_345)));
        assert!(Decimal::<4>::parse("1.23456").is_err());
        assert_eq!(Decimal::<0>::parse("7"), Ok(Decimal(7)));
        assert!(Decimal::<0>::parse("7.5").is_err());
        assert_eq!(Average::parse("99999999.999999"), Ok(Decimal(999_999_999_999_990_000)));
        assert!(Decimal::<18>::parse("99999999").is_err());
        assert!(Decimal::<40>::parse("1").is_err());
    }

    #[test]
    fn a_ratio_is_1_only_where_nothing_is_missing() {
        assert_eq!(Ratio::of(86_399_999_999, 86_400_000_000).to_string(), "0.999999");
        assert_eq!(Ratio::of(5, 5), Ratio::ALL);
        assert_eq!(Ratio::of(0, 0).to_string(), "0.000000");
    }
}
