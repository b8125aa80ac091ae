//! The result of a freight batch by README.md and docs/architecture.md. Shares no code with the decoders.

use std::collections::BTreeMap;

use super::freight::Format;
use super::json::{Json, Kind, Reader};
use super::spot_oracle::days;

/// Origin, destination, day, price: in their order.
type Price = (String, String, String, i32);

/// Days that prices may be for.
const DAYS: (&str, &str) = ("1970-01-01", "2100-12-31");
const VALUE_BYTES: usize = 1_048_576;
const FIELDS: [&str; 4] = ["orig_code", "dest_code", "day", "price"];

pub(super) fn read(body: &[u8], format: Format) -> Result<Vec<Price>, String> {
    const MARK: &[u8] = b"\xEF\xBB\xBF";
    let text = body.strip_prefix(MARK).unwrap_or(body);
    if text.starts_with(MARK) {
        return Err("a second byte order mark".to_owned());
    }
    if format != Format::Csv && std::str::from_utf8(text).is_err() {
        return Err("not UTF-8".to_owned());
    }
    match format {
        Format::Json => match Reader::new(text).only_value()?.kind {
            Kind::Array(values) => values.iter().map(json).collect(),
            _ => Err("no array".to_owned()),
        },
        Format::Ndjson if text.is_empty() => Err("no bytes".to_owned()),
        Format::Ndjson => text
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.iter().all(|byte| b" \t\r".contains(byte)))
            .map(|line| json(&Reader::new(line).only_value()?))
            .collect(),
        Format::Csv => csv(text),
    }
}

fn json(value: &Json) -> Result<Price, String> {
    if value.length > VALUE_BYTES {
        return Err("too long".to_owned());
    }
    let Kind::Object(fields) = &value.kind else { return Err("no object".to_owned()) };
    let mut found = BTreeMap::new();
    for (name, value) in fields {
        let Kind::Text(Some(name)) = &name.kind else { return Err("a name that is not text".to_owned()) };
        if !FIELDS.contains(&name.as_str()) {
            continue;
        }
        let value = match (&value.kind, name.as_str()) {
            (Kind::Number(value), "price") => value,
            (Kind::Text(Some(value)), "orig_code" | "dest_code" | "day") => value,
            _ => return Err(format!("a wrong type of {name}")),
        };
        if found.insert(name.as_str(), value.as_str()).is_some() {
            return Err(format!("two {name}"));
        }
    }
    price(FIELDS.map(|name| found.get(name).copied()))
}

fn price(fields: [Option<&str>; 4]) -> Result<Price, String> {
    let [Some(orig), Some(dest), Some(day), Some(price)] = fields else {
        return Err("a field is missing".to_owned());
    };
    for code in [orig, dest] {
        if code.len() != 5 || !code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) {
            return Err(format!("no code: {code}"));
        }
    }
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let shape = day
        .bytes()
        .enumerate()
        .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { is_digit(byte) });
    // Days that are written alike come in the order of their texts.
    if day.len() != 10 || !shape || day < DAYS.0 || day > DAYS.1 {
        return Err(format!("no day: {day}"));
    }
    let part = |from: usize, to: usize| day[from..to].parse().unwrap_or(0);
    days(part(0, 4), part(5, 7), part(8, 10)).ok_or_else(|| format!("no day: {day}"))?;
    if price.is_empty() || !price.bytes().all(is_digit) {
        return Err(format!("no whole number: {price}"));
    }
    let price = price.parse().map_err(|_| format!("too much: {price}"))?;
    Ok((orig.to_owned(), dest.to_owned(), day.to_owned(), price))
}

/// RFC 4180, with any line ends, empty lines skipped; and, as docs/architecture.md says of quotes that the RFC does not define
/// for, those inside a field are letters, and what follows a closing one belongs to the field.
fn csv(text: &[u8]) -> Result<Vec<Price>, String> {
    let mut rows: Vec<Vec<Vec<u8>>> = Vec::new();
    let mut rest = text.iter().copied().peekable();
    while rest.peek().is_some() {
        if rest.next_if(|byte| matches!(byte, b'\n' | b'\r')).is_some() {
            continue;
        }
        let mut row = vec![Vec::new()];
        loop {
            let mut field = Vec::new();
            if rest.next_if_eq(&b'"').is_some() {
                while let Some(byte) = rest.next() {
                    if byte == b'"' && rest.next_if_eq(&b'"').is_none() {
                        break;
                    }
                    field.push(byte);
                }
            }
            while let Some(byte) = rest.next_if(|byte| !matches!(byte, b',' | b'\n' | b'\r')) {
                field.push(byte);
            }
            if let Some(last) = row.last_mut() {
                *last = field;
            }
            match rest.next() {
                Some(b',') => row.push(Vec::new()),
                _ => break,
            }
        }
        rows.push(row);
    }
    let mut rows = rows.into_iter();
    let header = rows.next().ok_or("no header")?;
    let mut positions = [0; 4];
    for (position, name) in positions.iter_mut().zip(FIELDS) {
        let found: Vec<usize> = (0..header.len()).filter(|at| header[*at] == name.as_bytes()).collect();
        let [at] = found.as_slice() else { return Err(format!("not one column {name}")) };
        *position = *at;
    }
    rows.map(|row| {
        if row.len() != header.len() {
            return Err("more or fewer fields than columns".to_owned());
        }
        let fields = positions.map(|position| std::str::from_utf8(&row[position]).unwrap_or("\u{fffd}"));
        price(fields.map(Some))
    })
    .collect()
}
