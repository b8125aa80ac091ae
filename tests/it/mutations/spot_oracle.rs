//! The result of a spot dump by README.md and docs/architecture.md. Shares no code with the decoder.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::json::{Json, Kind, Reader};

/// Bounds of a record's timestamp, and of texts and values.
pub(super) mod bounds {
    /// Spot prices began on this day.
    pub(super) const FIRST_DAY: (i64, i64, i64) = (2009, 12, 1);
    /// Days after the dump's own for which it may have records.
    pub(super) const DAYS_AFTER: i64 = 31;
    /// Days before the dump's own for which it may have records.
    pub(super) const DAYS_BEFORE: i64 = 180;
    pub(super) const TEXT_BYTES: usize = 255;
    pub(super) const VALUE_BYTES: usize = 1_048_576;
    /// Digits of a price before and after the point.
    pub(super) const WHOLE_DIGITS: i64 = 8;
    pub(super) const DECIMALS: i64 = 6;
}

/// Price in millionths of a dollar by zone, instance type, product, and instant in microseconds since 1970.
pub(super) type Rows = BTreeMap<Key, i64>;
type Key = (String, String, String, i64);

const FIELDS: [&str; 5] =
    ["AvailabilityZone", "InstanceType", "ProductDescription", "SpotPrice", "Timestamp"];

pub(super) fn read(body: &[u8], day: NaiveDate, region: &str) -> Result<Rows, String> {
    let text = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    // Also if its text is skipped.
    if std::str::from_utf8(text).is_err() {
        return Err("not UTF-8".to_owned());
    }
    let records = match Reader::new(text).only_value()?.kind {
        Kind::Array(records) => records,
        Kind::Object(fields) => history(fields)?,
        _ => return Err("neither an array nor an object".to_owned()),
    };
    let mut rows = Rows::new();
    for record in records {
        let (key, price) = row(record, day, region)?;
        let first_price = *rows.entry(key).or_insert(price);
        if first_price != price {
            return Err("two prices for one pool and instant".to_owned());
        }
    }
    Ok(rows)
}

/// The records of `{"SpotPriceHistory": […]}`.
fn history(fields: Vec<(Json, Json)>) -> Result<Vec<Json>, String> {
    let mut found = None;
    for (name, value) in fields {
        check_length(&name)?;
        if text(&name)? != "SpotPriceHistory" {
            check_length(&value)?;
            continue;
        }
        let Kind::Array(records) = value.kind else { return Err("the history is not an array".to_owned()) };
        if found.replace(records).is_some() {
            return Err("two histories".to_owned());
        }
    }
    found.ok_or_else(|| "no history".to_owned())
}

fn check_length(value: &Json) -> Result<(), String> {
    if value.length > bounds::VALUE_BYTES { Err("a value is too long".to_owned()) } else { Ok(()) }
}

fn text(value: &Json) -> Result<&str, String> {
    match &value.kind {
        Kind::Text(Some(text)) => Ok(text),
        Kind::Text(None) => Err("a text that is not Unicode".to_owned()),
        _ => Err("not a text".to_owned()),
    }
}

fn row(record: Json, day: NaiveDate, region: &str) -> Result<(Key, i64), String> {
    check_length(&record)?;
    let Kind::Object(fields) = record.kind else { return Err("a record that is not an object".to_owned()) };
    let mut found: BTreeMap<&str, &Json> = BTreeMap::new();
    for (name, value) in &fields {
        let name = text(name)?;
        if FIELDS.contains(&name) && found.insert(name, value).is_some() {
            return Err(format!("two {name}"));
        }
    }
    let field = |name: &str| found.get(name).copied().ok_or_else(|| format!("no {name}"));
    let price = match &field("SpotPrice")?.kind {
        Kind::Number(written) => written,
        Kind::Text(Some(written)) => written,
        _ => return Err("a price of a wrong type".to_owned()),
    };
    let price = price_of(price)?;
    let at = instant(text(field("Timestamp")?)?).ok_or("no timestamp")?;
    let (year, month, date) = bounds::FIRST_DAY;
    let first = days(year, month, date).ok_or("no day")?;
    let own = days(day.year().into(), day.month().into(), day.day().into()).ok_or("no day")?;
    let on = at.div_euclid(MICROS_A_DAY);
    if on < first || on > own + bounds::DAYS_AFTER || own - on > bounds::DAYS_BEFORE {
        return Err("a timestamp out of bounds".to_owned());
    }
    let kept = |name: &str| {
        let text = text(field(name)?)?;
        let is_control = |letter: char| matches!(letter, '\0'..='\x1f' | '\x7f'..='\u{9f}');
        if text.is_empty() || text.len() > bounds::TEXT_BYTES || text.contains(is_control) {
            return Err(format!("{name} cannot be kept"));
        }
        Ok(text.to_owned())
    };
    let zone = kept("AvailabilityZone")?;
    if !zone.starts_with(region) {
        return Err("a zone of another region".to_owned());
    }
    Ok(((zone, kept("InstanceType")?, kept("ProductDescription")?, at), price))
}

/// `digits`, perhaps `.digits`, perhaps an exponent: in millionths.
pub(super) fn price_of(text: &str) -> Result<i64, String> {
    let wrong = || format!("no price: {text}");
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        None => (text, 0),
        Some((mantissa, exponent)) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(wrong());
            }
            // An exponent of more than 30 digits cannot be cancelled out by the digits before it.
            let size = digits.trim_start_matches('0');
            let size: i64 = if size.len() > 15 { i64::MAX / 4 } else { format!("0{size}").parse().unwrap() };
            (mantissa, if exponent.starts_with('-') { -size } else { size })
        }
    };
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    if whole.is_empty() || decimals.is_empty() {
        return Err(wrong());
    }
    let mut millionths = 0_i64;
    for (index, digit) in (0..).zip(whole.bytes().chain(decimals.bytes())) {
        if !digit.is_ascii_digit() {
            return Err(wrong());
        }
        // 0 for units, 1 for tens, -1 for tenths.
        let power = whole.len() as i64 - 1 - index + exponent;
        if digit == b'0' {
            continue;
        }
        if !(-bounds::DECIMALS..bounds::WHOLE_DIGITS).contains(&power) {
            return Err("more digits than are kept".to_owned());
        }
        let mut value = i64::from(digit - b'0');
        for _ in 0..power + bounds::DECIMALS {
            value *= 10;
        }
        millionths += value;
    }
    Ok(millionths)
}

const MICROS_A_DAY: i64 = 86_400_000_000;

/// RFC 3339, with `T`, `t` or a space between date and time; in microseconds since 1970, the rest cut off.
pub(super) fn instant(text: &str) -> Option<i64> {
    let mut rest = text.chars().peekable();
    let mut number = |digits: usize, then: &[char]| {
        let mut number = 0;
        for _ in 0..digits {
            number = number * 10 + i64::from(rest.next().filter(char::is_ascii_digit)?.to_digit(10)?);
        }
        match then {
            [] => Some(number),
            then => then.contains(&rest.next()?).then_some(number),
        }
    };
    let (year, month, day) = (number(4, &['-'])?, number(2, &['-'])?, number(2, &['T', 't', ' '])?);
    let (hour, minute, second) = (number(2, &[':'])?, number(2, &[':'])?, number(2, &[])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut micros = 0;
    if rest.next_if_eq(&'.').is_some() {
        let mut worth = 100_000;
        rest.peek().filter(|digit| digit.is_ascii_digit())?;
        while let Some(digit) = rest.next_if(char::is_ascii_digit) {
            micros += i64::from(digit.to_digit(10)?) * worth;
            worth /= 10;
        }
    }
    let zone: String = rest.collect();
    let ahead = match zone.as_bytes() {
        b"Z" | b"z" => 0,
        &[sign @ (b'+' | b'-'), a @ b'0'..=b'2', b @ b'0'..=b'9', b':', c @ b'0'..=b'5', d @ b'0'..=b'9'] => {
            let digit = |byte: u8| i64::from(byte - b'0');
            let hours = digit(a) * 10 + digit(b);
            if hours > 23 {
                return None;
            }
            let minutes = hours * 60 + digit(c) * 10 + digit(d);
            if sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = ((hour * 60) + minute - ahead) * 60 + second;
    Some(days(year, month, day)? * MICROS_A_DAY + seconds * 1_000_000 + micros)
}

/// Days since 1970, counted year by year and month by month; nothing if there is no such day.
pub(super) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = |year: i64, month: i64| match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=12).contains(&month) || !(1..=length(year, month)).contains(&day) {
        return None;
    }
    let of_year = |year: i64| if is_leap(year) { 366 } else { 365 };
    let years: i64 =
        if year < 1970 { -(year..1970).map(of_year).sum::<i64>() } else { (1970..year).map(of_year).sum() };
    Some(years + (1..month).map(|month| length(year, month)).sum::<i64>() + day - 1)
}
