//! Freight batches, changed at random.

use super::dice::Dice;
use super::{bytes, values};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Ndjson,
    Csv,
}

pub(super) const FORMATS: [Format; 3] = [Format::Json, Format::Ndjson, Format::Csv];

impl Format {
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Csv => "csv",
        }
    }
}

const NAMES: [&str; 4] = ["orig_code", "dest_code", "day", "price"];

pub(super) fn batch(dice: &mut Dice, format: Format) -> Vec<u8> {
    let rows: Vec<[String; 4]> = (0..dice.below(9)).map(|_| row(dice)).collect();
    let mut text = match format {
        Format::Csv => csv(dice, &rows),
        Format::Json | Format::Ndjson => json(dice, &rows, format),
    };
    if dice.once_in(20) {
        text = [
            dice.pick::<&[u8]>(&[b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\n", b" ", b"\x0c"]),
            &text,
        ]
        .concat();
    }
    if dice.once_in(6) {
        bytes::mutate(dice, &mut text);
    }
    text
}

fn row(dice: &mut Dice) -> [String; 4] {
    let mut code = |usual: &str| match dice.below(40) {
        0 => dice
            .pick(&["", "CNGG", "CNGGZZ", "cnggz", "CN GZ", "CNG\u{c9}", "00000", "ZZZZZ", "china_main"])
            .to_owned(),
        _ => usual.to_owned(),
    };
    let (orig, dest) = (code("CNGGZ"), code("EETLL"));
    let day = match dice.below(20) {
        0 => dice
            .pick(&[
                "1970-01-01",
                "1969-12-31",
                "2100-12-31",
                "2101-01-01",
                "2020-02-29",
                "2021-02-29",
                "2021-1-1",
                "20210101",
                "2021-01-01T00:00:00Z",
                "0000-00-00",
                " 2021-01-01",
                "2021/01/01",
                "infinity",
                "",
            ])
            .to_owned(),
        _ => format!("2021-01-{:02}", 1 + dice.below(31)),
    };
    let price = match dice.below(20) {
        0 => dice
            .pick(&[
                "0",
                "-0",
                "-1",
                "+1",
                "007",
                "2147483647",
                "2147483648",
                "1.0",
                "1e3",
                "NaN",
                "",
                " 1",
                "1 ",
                "99999999999999999999",
                "\u{661}",
                "0x1",
            ])
            .to_owned(),
        _ => dice.below(100_000).to_string(),
    };
    [orig, dest, day, price]
}

fn json(dice: &mut Dice, rows: &[[String; 4]], format: Format) -> Vec<u8> {
    let mut values = Vec::new();
    for row in rows {
        let mut fields: Vec<(Vec<u8>, Vec<u8>)> = NAMES
            .iter()
            .zip(row)
            .map(|(name, value)| {
                let is_number = *name == "price" && !dice.once_in(60);
                let value = if is_number { value.clone().into_bytes() } else { values::string(dice, value) };
                (values::string(dice, name), value)
            })
            .collect();
        if dice.once_in(3) {
            dice.shuffle(&mut fields);
        }
        if dice.once_in(30) {
            let at = dice.below(fields.len());
            match dice.below(5) {
                0 => drop(fields.remove(at)),
                1 => fields.push(fields[at].clone()),
                2 => fields[at].1 = values::anything(dice),
                3 => fields[at].0 = values::anything(dice),
                _ => fields.insert(at, (b"\"note\"".to_vec(), values::anything(dice))),
            }
        }
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| [name.as_slice(), b":", value].concat()).collect();
        values.push([b"{", fields.join(&b","[..]).as_slice(), b"}"].concat());
    }
    if dice.once_in(40) {
        let at = dice.below(values.len() + 1);
        values.insert(at, values::anything(dice));
    }
    match format {
        Format::Ndjson => {
            let end: &[u8] = dice.pick(&[
                b"\n",
                b"\n",
                b"\n",
                b"\r\n",
                b"\n\n",
                b" \n",
                b"\n \t",
                b" ",
                b"\r",
                b"\n\x0c\n",
            ]);
            let mut text: Vec<u8> = values.iter().flat_map(|value| [value, end].concat()).collect();
            if dice.once_in(4) {
                text.truncate(text.trim_ascii_end().len());
            }
            text
        }
        _ => [b"[", values.join(&b",\n"[..]).as_slice(), b"]", dice.pick::<&[u8]>(&[b"", b"\n", b"\n"])]
            .concat(),
    }
}

fn csv(dice: &mut Dice, rows: &[[String; 4]]) -> Vec<u8> {
    let mut order: Vec<usize> = (0..4).collect();
    if dice.once_in(3) {
        dice.shuffle(&mut order);
    }
    if dice.once_in(20) {
        let at = dice.below(4);
        match dice.below(3) {
            0 => drop(order.remove(at)),
            1 => order.push(order[at]),
            // An unknown column.
            _ => order.insert(at, 4),
        }
    }
    let end = dice.pick(&["\n", "\n", "\r\n"]);
    let header = order.iter().map(|at| NAMES.get(*at).copied().unwrap_or("note").to_owned()).collect();
    let mut lines = vec![header];
    for row in rows {
        let mut fields: Vec<String> =
            order.iter().map(|at| row.get(*at).cloned().unwrap_or_else(|| "a,\n\"b".to_owned())).collect();
        if dice.once_in(60) {
            if dice.once_in(2) { drop(fields.pop()) } else { fields.push("1".to_owned()) }
        }
        lines.push(fields);
    }
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let fields: Vec<String> = line
            .iter()
            .map(|field| match field.contains(['"', ',', '\n']) || dice.once_in(30) {
                true => format!("\"{}\"", field.replace('"', "\"\"")),
                false => field.clone(),
            })
            .collect();
        text += &fields.join(",");
        if number + 1 < lines.len() || !dice.once_in(4) {
            text += end;
        }
        if dice.once_in(40) {
            text += end;
        }
    }
    text.into_bytes()
}
