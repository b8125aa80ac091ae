//! Codes of ports: five upper-case letters and digits, such as `CNGGZ`, packed into a number.

use std::fmt;

/// Letters and digits of a code.
const CODE_LENGTH: usize = 5;

/// The code of a port. Millions of prices name two each, so it takes four bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PortCode(u32);

impl PortCode {
    /// Reads a code; nothing if the text is not one.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Some(u32::from(byte - b'0')),
            b'A'..=b'Z' => Some(u32::from(byte - b'A') + 10),
            _ => None,
        };
        let text: &[u8; CODE_LENGTH] = text.try_into().ok()?;
        text.iter().try_fold(0, |number, byte| Some(number * 36 + digit(byte)?)).map(Self)
    }

    /// As a number of base 36.
    pub(super) fn number(self) -> u32 {
        self.0
    }

    /// The code of a number that [`Self::number`] gave.
    pub(super) fn of_number(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for PortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = std::array::from_fn::<u32, CODE_LENGTH, _>(|index| {
            self.0 / 36_u32.pow((CODE_LENGTH - 1 - index) as u32) % 36
        });
        digits.iter().try_for_each(|digit| {
            let letter = char::from_digit(*digit, 36).unwrap_or_default();
            write!(f, "{}", letter.to_ascii_uppercase())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn codes_come_back_as_they_were(text in "[A-Z0-9]{5}") {
            prop_assert_eq!(PortCode::parse(text.as_bytes()).unwrap().to_string(), text);
        }
    }

    #[test]
    fn rejects_what_is_not_a_code() {
        for text in ["", "CNGG", "CNGGZZ", "cnggz", "CN GZ", "CNG\u{c9}", "china_main"] {
            assert_eq!(PortCode::parse(text.as_bytes()), None, "{text}");
        }
    }
}
