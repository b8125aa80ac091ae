//! Fields of records as they might be written, good and bad, as JSON.

use super::dice::Dice;

/// A JSON string, some of its letters escaped.
pub(super) fn string(dice: &mut Dice, text: &str) -> Vec<u8> {
    let escapes = dice.once_in(20);
    let mut written = String::from("\"");
    for letter in text.chars() {
        if escapes && dice.once_in(3) {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                written += &if dice.once_in(2) { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") };
            }
        } else if matches!(letter, '"' | '\\') || letter < ' ' {
            written += &format!("\\u{:04x}", u32::from(letter));
        } else {
            written.push(letter);
        }
    }
    written.push('"');
    written.into_bytes()
}

/// Anything that JSON has, and some that it only nearly has.
pub(super) fn anything(dice: &mut Dice) -> Vec<u8> {
    const ODD: &[&[u8]] = &[
        b"null",
        b"true",
        b"false",
        b"0",
        b"-1.5e3",
        b"1e999",
        b"123456789012345678901234567890",
        b"[]",
        b"{}",
        b"[1,[2,{\"a\":null}]]",
        b"{\"SpotPrice\":\"1\",\"SpotPrice\":\"2\"}",
        b"{\"SpotPriceHistory\":[]}",
        b"{\"$serde_json::private::RawValue\":\"x\"}",
        b"{\"$serde_json::private::Number\":\"1\"}",
        b"\"\"",
        b"\"\\ud83d\\ude00\"",
        b"\"\\ud83d\"",
        b"\"\\ude00x\"",
        b"\"\xff\"",
        b"\"\xed\xa0\x80\"",
        b"\"\xc3\xa9\"",
        b"{\"\xff\":1}",
        b"{\"\\ud800\":1}",
        // Not JSON.
        b"01",
        b"1.",
        b".5",
        b"+1",
        b"NaN",
        b"\"\x01\"",
        b"\"\\x\"",
        b"\"\\u00g0\"",
        b"[1,]",
        b"{\"a\":1,}",
        b"{a:1}",
        b"'a'",
        b"undefined",
    ];
    match dice.below(30) {
        0 => [b"[".repeat(200), b"]".repeat(200)].concat(),
        1 => [b"{\"a\":".repeat(150), b"1".to_vec(), b"}".repeat(150)].concat(),
        _ => dice.pick(ODD).to_vec(),
    }
}

/// A price.
pub(super) fn price(dice: &mut Dice) -> Vec<u8> {
    let (whole, decimals) = (dice.below(10), dice.below(10));
    let text = match dice.below(120) {
        35.. => format!("0.{}", dice.digits(6)),
        24 => format!("{}.{}", dice.digits(whole), dice.digits(decimals)),
        25 => format!("{}{}", "0".repeat(whole), dice.digits(3)),
        26 => format!("{}.{}{}", dice.digits(1), dice.digits(6), "0".repeat(decimals)),
        27 => {
            let exponent = dice.below(24) as i64 - 12;
            format!("{}.{}{}{exponent}", dice.digits(whole), dice.digits(decimals), dice.pick(&["e", "E"]))
        }
        28 => format!("{}e{}{}", dice.digits(whole), dice.pick(&["+", "-", "+0", "-00", ""]), dice.digits(2)),
        29 => format!("1{}e-{}", "0".repeat(200 + whole), 200 + whole + decimals),
        30 => format!("{}{}", dice.pick(&["-", "+", " ", "$", "0x", "1_"]), dice.digits(3)),
        31 => format!("0{}e{}", dice.pick(&["", ".0", "."]), dice.digits(1 + 3 * decimals)),
        32 => dice.digits(20),
        33 | 34 => {
            const ODD: &[&str] = &[
                "",
                "0",
                "-0",
                ".",
                "1.",
                ".5",
                "NaN",
                "Infinity",
                "1,5",
                "1.2.3",
                "1 ",
                "\u{661}",
                "1e",
                "1e+",
                "1e1.5",
                "1e999",
                "1e-999",
                "1e127",
                "1e128",
                "0e127",
                "0e128",
                "99999999.999999",
                "100000000",
                "99999999.9999995",
                "0.0000001",
                "0.000001",
                "1e7",
                "1e8",
                "1e-6",
                "1e-7",
                "null",
                "1\0",
                "0.1\n",
            ];
            dice.pick(ODD).to_owned()
        }
        0..24 => format!("{}", dice.below(5)),
    };
    // As a number now and then, good or bad.
    if dice.once_in(20) { text.into_bytes() } else { string(dice, &text) }
}

/// A timestamp, mostly on one day.
pub(super) fn timestamp(dice: &mut Dice) -> Vec<u8> {
    const DATES: &[&str] = &[
        "2018-10-29",
        "2018-10-31",
        "2018-11-30",
        "2018-12-01",
        "2018-05-03",
        "2018-05-02",
        "2009-12-01",
        "2009-11-30",
        "2016-02-29",
        "2018-02-29",
        "2018-02-30",
        "2018-13-01",
        "2018-00-10",
        "2018-10-00",
        "2018-10-32",
        "1969-12-31",
        "0000-01-01",
        "9999-12-31",
        "2018-1-1",
        "20181030",
        "+018-10-30",
        "2100-02-29",
    ];
    const TIMES: &[&str] = &[
        "00:00:00", "23:59:59", "24:00:00", "23:59:60", "12:30:60", "23:60:00", "12:00", "1:02:03",
        "12-00-00",
    ];
    const FRACTIONS: &[&str] = &[
        ".000",
        ".",
        ".999999999",
        ".9999999",
        ".0000005",
        ".123456",
        ".1234567890123456789012",
        ",5",
        ".5a",
    ];
    const ZONES: &[&str] = &[
        "z",
        "+00:00",
        "-00:00",
        "+02:00",
        "-11:30",
        "+23:59",
        "-23:59",
        "+24:00",
        "+01:60",
        "+0000",
        "+00",
        "",
        " Z",
        "Z ",
        "UTC",
        "\u{2212}02:00",
        "+1:00",
        "-99:99",
        "+00:00Z",
        "ZZ",
    ];
    let date = if dice.once_in(50) { dice.pick(DATES) } else { "2018-10-30" };
    let time = match dice.below(50) {
        0 => dice.pick(TIMES).to_owned(),
        _ => format!("{:02}:{:02}:{:02}", dice.below(24), dice.below(3), dice.below(3)),
    };
    let fraction = if dice.once_in(15) { dice.pick(FRACTIONS) } else { "" };
    let zone = if dice.once_in(30) { dice.pick(ZONES) } else { "Z" };
    let part = if dice.once_in(50) { dice.pick(&["t", " ", "_", "", "  "]) } else { "T" };
    string(dice, &format!("{date}{part}{time}{fraction}{zone}"))
}

/// A text of a pool: usually one of those given.
pub(super) fn text(dice: &mut Dice, usual: &[&str]) -> Vec<u8> {
    if !dice.once_in(80) {
        let text = dice.pick(usual);
        return string(dice, text);
    }
    let start = usual[0];
    let odd = match dice.below(14) {
        0 => String::new(),
        1 => format!("{start}{}", "x".repeat(255 - start.len())),
        2 => format!("{start}{}", "x".repeat(256 - start.len())),
        3 => format!("{start}{}", "\u{e9}".repeat((255 - start.len()) / 2)),
        4 => format!("{start}{}", "\u{e9}".repeat((257 - start.len()) / 2)),
        5 => format!("{start}{}", dice.pick(&['\0', '\u{1f}', '\n', '\u{7f}', '\u{85}', '\u{9f}'])),
        6 => format!(
            "{start}{}",
            dice.pick(&['\u{a0}', '\u{2028}', '\u{feff}', '\u{fffe}', '\u{1f600}', '"', '\\'])
        ),
        7 => format!(" {start}"),
        8 => format!("{start} "),
        9 => start[..start.len() - 1].to_owned(),
        10 => start.to_uppercase(),
        // These are escapes of JSON itself.
        11 => return [b"\"", start.as_bytes(), b"\\ud800\""].concat(),
        12 => return [b"\"", start.as_bytes(), b"\xff\""].concat(),
        _ => return [b"\"", start.as_bytes(), b"\x02\""].concat(),
    };
    string(dice, &odd)
}
