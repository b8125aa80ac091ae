//! Spot dumps, changed at random.

use super::dice::Dice;
use super::{bytes, values};

const NAMES: [&str; 5] = ["AvailabilityZone", "InstanceType", "ProductDescription", "SpotPrice", "Timestamp"];
const ZONES: &[&str] = &["us-west-2", "us-west-2a", "us-west-2b", "us-west-2-lax-1a"];
const TYPES: &[&str] = &["c5.xlarge", "m5dn.24xlarge"];
const PRODUCTS: &[&str] = &["Linux/UNIX", "Windows (Amazon VPC)"];

/// Names and values as written.
type Record = Vec<(Vec<u8>, Vec<u8>)>;

pub(super) fn dump(dice: &mut Dice) -> Vec<u8> {
    let mut records: Vec<Vec<u8>> = Vec::new();
    let mut before: Vec<Record> = Vec::new();
    for _ in 0..dice.below(9) {
        let mut record = match before.len() {
            0 => record(dice),
            // The same once more, or another price or time of the same.
            met if dice.once_in(6) => {
                let mut repeat = before[dice.below(met)].clone();
                if dice.once_in(3) {
                    let field = dice.below(repeat.len());
                    if let Some((_, value)) = repeat.get_mut(field) {
                        *value = values::price(dice);
                    }
                }
                repeat
            }
            _ => record(dice),
        };
        if dice.once_in(40) {
            change(dice, &mut record);
        }
        records.push(written(dice, &record));
        before.push(record);
    }
    if dice.once_in(60) {
        odd_record(dice, &mut records);
    }
    let mut dump = around(dice, &records);
    if dice.once_in(6) {
        bytes::mutate(dice, &mut dump);
    }
    dump
}

fn record(dice: &mut Dice) -> Record {
    let values = [
        values::text(dice, ZONES),
        values::text(dice, TYPES),
        values::text(dice, PRODUCTS),
        values::price(dice),
        values::timestamp(dice),
    ];
    let mut record: Record = NAMES.into_iter().map(|name| values::string(dice, name)).zip(values).collect();
    if dice.once_in(3) {
        dice.shuffle(&mut record);
    }
    record
}

/// Fields that are missing, doubled, of another type or name; and unknown fields.
fn change(dice: &mut Dice, record: &mut Record) {
    let at = dice.below(record.len());
    if record.is_empty() {
        return;
    }
    match dice.below(8) {
        0 => drop(record.remove(at)),
        1 => {
            let copy = record[at].clone();
            record.push(copy);
        }
        2 => {
            let (name, _) = record[at].clone();
            let other = values::price(dice);
            record.push((name, other));
        }
        3 => record[at].1 = values::anything(dice),
        4 => record[at].0 = values::anything(dice),
        5 => {
            let name =
                dice.pick(&["spotprice", "SpotPrice ", "Timestamp\0", "", "\u{e9}", "AvailabilityZoneId"]);
            record[at].0 = values::string(dice, name);
        }
        _ => {
            let (name, value) = (unknown(dice), values::anything(dice));
            record.insert(at, (name.clone(), value));
            if dice.once_in(3) {
                let again = values::anything(dice);
                record.push((name, again));
            }
        }
    }
}

/// The name of a field that no record has.
fn unknown(dice: &mut Dice) -> Vec<u8> {
    const NAMES: &[&[u8]] = &[
        b"\"Extra\"",
        b"\"\"",
        b"\"\\ud800\"",
        b"\"\xff\"",
        b"\"\x1f\"",
        b"\"$serde_json::private::RawValue\"",
        b"\"\\u00e9\"",
    ];
    if dice.once_in(3) { dice.pick(NAMES).to_vec() } else { NAMES[0].to_vec() }
}

fn space(dice: &mut Dice) -> &'static str {
    if dice.once_in(30) { dice.pick(&[" ", "\n", "\r\n\t", "  "]) } else { "" }
}

fn written(dice: &mut Dice, record: &Record) -> Vec<u8> {
    let mut text = b"{".to_vec();
    for (number, (name, value)) in record.iter().enumerate() {
        let comma = if number == 0 { "" } else { "," };
        for part in [
            comma.as_bytes(),
            space(dice).as_bytes(),
            name,
            space(dice).as_bytes(),
            b":",
            space(dice).as_bytes(),
        ] {
            text.extend(part);
        }
        text.extend(value);
        text.extend(space(dice).bytes());
    }
    text.push(b'}');
    text
}

/// What is not a record, or is too long.
fn odd_record(dice: &mut Dice, records: &mut Vec<Vec<u8>>) {
    let odd = match dice.below(8) {
        0 => br#"["us-west-2a","c5.xlarge","Linux/UNIX","1","2018-10-30T00:00:00Z"]"#.to_vec(),
        // A MiB takes long in a debug build.
        1 if dice.once_in(6) => {
            let record = record(dice);
            let short = written(dice, &record);
            let padding = 1_048_576 + dice.below(3) - 1 - short.len() - br#","Pad":"""#.len();
            [&short[..short.len() - 1], br#","Pad":""#, "x".repeat(padding).as_bytes(), br#""}"#].concat()
        }
        2 => {
            let inner = record(dice);
            [b"{\"record\":".to_vec(), written(dice, &inner), b"}".to_vec()].concat()
        }
        _ => values::anything(dice),
    };
    let at = dice.below(records.len() + 1);
    records.insert(at, odd);
}

/// An array or a wrapper, and what is around it.
fn around(dice: &mut Dice, records: &[Vec<u8>]) -> Vec<u8> {
    let array = [b"[", records.join(&b",\n"[..]).as_slice(), b"]"].concat();
    let history = values::string(dice, "SpotPriceHistory");
    let field = |name: &[u8], value: &[u8]| [name, b":", value].concat();
    let body = if !dice.once_in(4) {
        array
    } else {
        let mut fields = vec![field(&history, &array)];
        match dice.below(12) {
            0 => fields.push(field(&history, b"[]")),
            1 => fields = vec![field(&history, &values::anything(dice))],
            2 => fields.clear(),
            3 => fields = vec![field(b"\"spotPriceHistory\"", &array)],
            _ => {}
        }
        for _ in 0..dice.below(3) {
            let name = if dice.once_in(4) { unknown(dice) } else { b"\"NextToken\"".to_vec() };
            let value = if dice.once_in(3) { values::anything(dice) } else { b"\"\"".to_vec() };
            let at = dice.below(fields.len() + 1);
            fields.insert(at, field(&name, &value));
        }
        [b"{", fields.join(&b","[..]).as_slice(), b"}"].concat()
    };
    let before: &[u8] = match dice.below(60) {
        0 => b"\xef\xbb\xbf",
        1 => b"\xef\xbb\xbf\n",
        2 => b"\xef\xbb\xbf\xef\xbb\xbf",
        3 => b"\xfe\xff",
        4 => b"\x0b",
        5 => b" \t\r\n",
        6 => b"[",
        7 => b"\xef\xbb",
        _ => b"",
    };
    let after: &[u8] = match dice.below(60) {
        0 => b"\n",
        1 => b" \t\r\n",
        2 => b"\0",
        3 => b"\x1a",
        4 => b",",
        5 => b"]",
        6 => b"[]",
        7 => b"x",
        8 => b"\x0c",
        9 => b"\xef\xbb\xbf",
        _ => b"",
    };
    [before, &body, after].concat()
}
