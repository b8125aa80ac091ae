//! One simulated dump, and how it is written.

use std::{
    io::{self, Write},
    sync::Arc,
};

use chrono::{DateTime, Datelike, NaiveDate};

const SECONDS_PER_DAY: i64 = 86_400;

/// Bytes collected before they are written out: writing record by record would cost a call for each.
const CHUNK_BYTES: usize = 1 << 16;

/// What an account's prices in one region were on one day.
#[derive(Clone, Debug)]
pub struct Dump {
    /// The file name: `spotprices_<YYYYMMDD>_<account ID>_<region>.json`.
    pub name: String,
    /// The day the dump is about, UTC.
    pub day: NaiveDate,
    /// Newest first: all records of the day, then each pool's last one before it.
    pub records: Vec<Record>,
    /// The bytes that each pool's records begin with.
    pub(super) openings: Arc<[Box<[u8]>]>,
}

/// From when on a pool had which price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Seconds since 1970, UTC.
    pub at: i64,
    /// Ten-thousandths of a US dollar an hour, never 0.
    pub price: u32,
    /// The pool's number in its account and region.
    pub pool: u32,
}

impl Dump {
    /// Number of records, including repeats and the last prices from before the day.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the dump has no records, as when there are no pools.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Writes the dump as JSON, laid out as real dumps of 2020 are, in chunks of some 64 KiB: `out`
    /// needs no buffer.
    ///
    /// # Errors
    ///
    /// When `out` fails, or a record's time is outside the calendar.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(CHUNK_BYTES + 1024);
        let mut closing = Closing::new();
        bytes.push(b'[');
        for (n, record) in self.records.iter().enumerate() {
            if n > 0 {
                bytes.push(b',');
            }
            bytes.extend_from_slice(&self.openings[record.pool as usize]);
            push_price(&mut bytes, record.price);
            bytes.extend_from_slice(closing.at(record.at)?);
            if bytes.len() >= CHUNK_BYTES {
                out.write_all(&bytes)?;
                bytes.clear();
            }
        }
        bytes.extend_from_slice(if self.is_empty() { b"]" } else { b"\n]" });
        out.write_all(&bytes)
    }
}

/// What every record of a pool begins with, up to the digits of its price.
pub(super) fn opening(zone: &str, instance_type: &str, product: &str) -> Box<[u8]> {
    format!(
        "\n{{\n\"AvailabilityZone\": \"{zone}\",\n\"InstanceType\": \"{instance_type}\",\n\
         \"ProductDescription\": \"{product}\",\n\"SpotPrice\": \""
    )
    .into_bytes()
    .into()
}

/// What a record ends with, after the digits of its price. Only the time is rewritten for each:
/// newest first means that the date is nearly always the one of the record before.
struct Closing {
    day: i64,
    bytes: [u8; 45],
}

impl Closing {
    /// Where in the bytes the date and the time begin.
    const DATE: usize = 17;
    const TIME: usize = 28;

    fn new() -> Self {
        Self { day: 0, bytes: *b"\",\n\"Timestamp\": \"1970-01-01T00:00:00+00:00\"\n}" }
    }

    /// The bytes for a time in seconds since 1970.
    fn at(&mut self, at: i64) -> io::Result<&[u8]> {
        let day = at.div_euclid(SECONDS_PER_DAY);
        if self.day != day {
            let date = DateTime::from_timestamp(day * SECONDS_PER_DAY, 0)
                .ok_or_else(|| io::Error::other(format!("{at} seconds from 1970 is outside the calendar")))?
                .date_naive();
            let year = date.year() as u32;
            self.day = day;
            self.put(Self::DATE, [year / 100, year, date.month(), date.day()], [0, 2, 5, 8]);
        }
        let seconds = at.rem_euclid(SECONDS_PER_DAY) as u32;
        self.put(Self::TIME, [seconds / 3600, seconds / 60 % 60, seconds % 60], [0, 3, 6]);
        Ok(&self.bytes)
    }

    /// Writes the last two digits of each number at its offset from `begin`.
    fn put<const N: usize>(&mut self, begin: usize, numbers: [u32; N], offsets: [usize; N]) {
        for (number, offset) in numbers.into_iter().zip(offsets) {
            self.bytes[begin + offset] = digit(number / 10);
            self.bytes[begin + offset + 1] = digit(number);
        }
    }
}

/// Appends ten-thousandths as `0.013700`.
fn push_price(bytes: &mut Vec<u8>, price: u32) {
    let (whole, part) = (price / 10_000, price % 10_000);
    if whole >= 10 {
        // Rare enough to be written the slow way.
        bytes.extend_from_slice(whole.to_string().as_bytes());
    } else {
        bytes.push(digit(whole));
    }
    let digits = [digit(part / 1000), digit(part / 100), digit(part / 10), digit(part)];
    bytes.extend_from_slice(&[b'.', digits[0], digits[1], digits[2], digits[3], b'0', b'0']);
}

/// The last decimal digit.
fn digit(n: u32) -> u8 {
    b'0' + (n % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::{Closing, push_price};

    fn price(price: u32) -> String {
        let mut bytes = Vec::new();
        push_price(&mut bytes, price);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn prices_have_six_decimals() {
        assert_eq!(price(1), "0.000100");
        assert_eq!(price(137), "0.013700");
        assert_eq!(price(44_028), "4.402800");
        assert_eq!(price(1_234_567), "123.456700");
    }

    #[test]
    fn times_are_written_out() {
        let mut closing = Closing::new();
        for (at, text) in [
            (0, "1970-01-01T00:00:00"),
            (1_588_636_503, "2020-05-04T23:55:03"),
            (1_588_636_502, "2020-05-04T23:55:02"),
            (-1, "1969-12-31T23:59:59"),
        ] {
            let written = std::str::from_utf8(closing.at(at).unwrap()).unwrap();
            assert_eq!(written, format!("\",\n\"Timestamp\": \"{text}+00:00\"\n}}"));
        }
    }
}
