//! Numbers in values that are stored as they are written: which of them `jsonb` takes.

/// Characters of a number. Postgres takes 16,383 decimals and 131,072 digits before them, no sender means more than 20.
const MAX_LENGTH: usize = 400;
/// Digits of an exponent.
const MAX_EXPONENT_DIGITS: usize = 3;

/// Whether every number in some JSON is one that `jsonb` takes, digit by digit.
pub(super) fn are_storable(json: &str) -> bool {
    let mut rest = json;
    while let Some(begin) = rest.find(|next: char| next == '"' || next == '-' || next.is_ascii_digit()) {
        rest = &rest[begin..];
        let length = if rest.starts_with('"') { string_length(rest) } else { number_length(rest) };
        if !rest.starts_with('"') && !is_storable(&rest[..length]) {
            return false;
        }
        rest = &rest[length..];
    }
    true
}

fn is_storable(number: &str) -> bool {
    let exponent = number.split_once(['e', 'E']).map_or("", |(_, exponent)| exponent);
    let digits = exponent.trim_start_matches(['+', '-']).trim_start_matches('0');
    number.len() <= MAX_LENGTH && digits.len() <= MAX_EXPONENT_DIGITS
}

fn number_length(json: &str) -> usize {
    let is_part = |next: char| next.is_ascii_digit() || matches!(next, '+' | '-' | '.' | 'e' | 'E');
    json.find(|next| !is_part(next)).unwrap_or(json.len())
}

/// The length of the string at the beginning of valid JSON, its quotes included.
fn string_length(json: &str) -> usize {
    let mut is_escaped = false;
    let end = json.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    end.map_or(json.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_wherever_they_are() {
        let long = "1".repeat(400);
        for json in [
            "1",
            "-1.5e300",
            "1E+0000000007",
            r#"{"a1e9999": "1e9999", "b\"1e9999": [true, null, 0.1, {"c": -12}]}"#,
            &long,
            &format!("\"{long}{long}\""),
        ] {
            assert!(are_storable(json), "{json}");
        }
        for json in ["1e9999", "[0,1e-16384]", r#"{"a": {"b\\": 1E10000}}"#, &format!("[{long}1]")] {
            assert!(!are_storable(json), "{json}");
        }
    }
}
