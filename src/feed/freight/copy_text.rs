//! The text format of Postgres' COPY.
//!
//! <https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS>

use std::borrow::Cow;

/// The line after the last row.
pub(super) const END_OF_ROWS: &[u8] = b"\\.";

/// The fields of a row, as they are written.
pub(super) fn fields(row: &[u8]) -> impl Iterator<Item = &[u8]> {
    row.split(|byte| *byte == b'\t')
}

/// The value of a field; nothing if it is null.
pub(super) fn unescape(field: &[u8]) -> Option<Cow<'_, [u8]>> {
    if field == b"\\N" {
        return None;
    }
    if !field.contains(&b'\\') {
        return Some(Cow::Borrowed(field));
    }
    let mut text = Vec::with_capacity(field.len());
    let mut rest = field.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            text.push(byte);
            continue;
        }
        let Some(escaped) = rest.next() else { break };
        let mut digit =
            |base| rest.next_if(|byte| char::from(*byte).is_digit(base)).map(|byte| value(byte, base));
        text.push(match escaped {
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            b'0'..=b'7' => {
                let number = [digit(8), digit(8)].into_iter().flatten();
                // As Postgres does: what does not fit into a byte is cut off.
                number.fold(value(escaped, 8), |number, digit| number * 8 + digit) as u8
            }
            b'x' => match digit(16) {
                Some(first) => digit(16).map_or(first, |second| first * 16 + second) as u8,
                None => b'x',
            },
            other => other,
        });
    }
    Some(Cow::Owned(text))
}

fn value(digit: u8, base: u32) -> u32 {
    char::from(digit).to_digit(base).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(field: &str) -> Option<String> {
        unescape(field.as_bytes()).map(|text| String::from_utf8(text.into_owned()).unwrap())
    }

    #[test]
    fn escapes_are_those_of_postgres() {
        for (written, expected) in [
            ("", ""),
            ("Måløy", "Måløy"),
            (r"a\tb\nc\rd\be\ff\vg", "a\tb\nc\rd\u{8}e\u{c}f\u{b}g"),
            (r"a\\b", r"a\b"),
            (r"\\N", r"\N"),
            (r"a\Nb", "aNb"),
            (r"\101\60\1012", "A0A2"),
            (r"\7\08", "\u{7}\u{0}8"),
            (r"\x41\x4a1\xg\x", "AJ1xgx"),
            (r"\303\245", "å"),
            (r"\q\.", "q."),
            (r"\401", "\u{1}"),
            (r"a\", "a"),
        ] {
            assert_eq!(text(written).as_deref(), Some(expected), "{written}");
        }
        assert_eq!(text(r"\N"), None);
    }

    #[test]
    fn fields_are_separated_by_tabs() {
        let lengths = |row: &'static str| fields(row.as_bytes()).map(<[u8]>::len).collect::<Vec<_>>();
        assert_eq!(lengths("a\tbc\t"), [1, 2, 0]);
        assert_eq!(lengths(""), [0]);
    }
}
