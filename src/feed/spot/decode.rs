//! From the bytes of a dump to its observations, validated whole.

use std::collections::BTreeSet;
use std::io::{self, Read};

use crate::feed::json_stream::{self, JsonStream};
use crate::feed::text::shorten;
use crate::feed::timestamp::Timestamps;
use crate::feed::{Content, DecodeError, DumpName, RecordError, signature};

use super::day::{Day, FIRST_DAY, instant};
use super::market::Market;
use super::pool::{self, PoolKeys, PoolList};
use super::record::{self, PlainRecords, Record};
use super::sorted::{MAX_RUN_LENGTH, SortError, Sorted, Sorter};
use super::{RecordIndex, Recorded, price};

/// Days before its own for which a dump may have prices: twice the 90 days for which AWS keeps them. A dump begins
/// with the last record before its day of each pool, which is weeks old where a price did not change. What is older
/// cannot come from the API: the dump's name, or its timestamps, are wrong.
const MAX_DAYS_BEFORE: i32 = 180;

/// Days after its own for which a dump may have prices, since some are made later and without an end; later ones
/// are wrong.
const MAX_DAYS_AFTER: i32 = 31;

/// Prices read at once from a scratch file.
const CHUNK_ROWS: usize = 1_024;

const EXPECTED_SHAPE: &str = "a dump must be a JSON array of records, or {\"SpotPriceHistory\": […]}";

/// A valid dump.
pub struct SpotDump {
    pub(super) market: Market,
    /// The dump's own day.
    pub(super) day: Day,
    /// The days that it has prices of.
    pub(super) days: BTreeSet<Day>,
    /// The dump's pools, which observations refer to by index.
    pub(super) pools: PoolKeys,
    pub(super) observations: Sorted,
    records: u64,
}

impl SpotDump {
    /// Passes every price once: zone, instance type and product; the instant in microseconds since 1970; and
    /// the price in millionths of a dollar an hour. In no particular order.
    ///
    /// # Errors
    ///
    /// A large dump's scratch file cannot be read.
    pub fn for_each_price(&self, mut each: impl FnMut([&str; 3], i64, i64)) -> io::Result<()> {
        let mut visit_all = |observations: &[Recorded]| {
            for Recorded { pool, observed_at, price, .. } in observations {
                each(pool::parts(self.pools.get(pool.0 as usize)), *observed_at, *price);
            }
        };
        match &self.observations {
            Sorted::Memory(observations) => visit_all(observations),
            Sorted::Scratch(scratch) => {
                for chunk in scratch.chunks(CHUNK_ROWS)? {
                    visit_all(&chunk?);
                }
            }
        }
        Ok(())
    }

    /// Exact repeats within the dump.
    pub(super) fn repeats(&self) -> u64 {
        self.records - self.observations.len()
    }
}

impl Content for SpotDump {
    fn records(&self) -> u64 {
        self.records
    }

    fn size_in_memory(&self) -> usize {
        let observations = match &self.observations {
            Sorted::Memory(observations) => observations.capacity() * size_of::<Recorded>(),
            // On disk, but counted: while one is written, no others should pile up there.
            Sorted::Scratch(_) => self.observations.len() as usize * size_of::<Recorded>(),
        };
        observations + self.pools.size_in_memory()
    }
}

/// Decodes and validates a dump; see [`crate::feed::TypedFeed::decode`].
pub fn decode(dump: &DumpName, body: &mut dyn Read) -> Result<SpotDump, DecodeError> {
    decode_in_runs(dump, body, MAX_RUN_LENGTH)
}

fn decode_in_runs(dump: &DumpName, body: &mut dyn Read, run_length: usize) -> Result<SpotDump, DecodeError> {
    let mut text = signature::open(body)?;
    let mut json = JsonStream::new(&mut text.body, text.offset);
    let (Some(market), Some(day)) = (Market::of(&dump.scope), dump.period.map(Day::from)) else {
        return Err(json.error("the dump's name has no account, region and day"));
    };
    let mut reader = RecordReader::new(&market.region, day, run_length);
    match json.peek()? {
        None => return Err(json.error("the dump is empty: it has no bytes, not even []")),
        Some(b'[') => reader.read_array(&mut json)?,
        Some(b'{') => reader.read_wrapper(&mut json)?,
        Some(_) => return Err(json.error(EXPECTED_SHAPE)),
    }
    if json.peek()?.is_some() {
        return Err(json.error("bytes follow the end of the JSON"));
    }
    let Decoded { pools, observations, days, records } = reader.finish()?;
    Ok(SpotDump { market, day, days, pools, observations, records })
}

struct Decoded {
    pools: PoolKeys,
    observations: Sorted,
    days: BTreeSet<Day>,
    records: u64,
}

struct RecordReader<'a> {
    plain: PlainRecords,
    timestamps: Timestamps,
    pools: PoolList<'a>,
    sorter: Sorter,
    days: BTreeSet<Day>,
    /// The day of the record before.
    last_day: Option<Day>,
    records: u64,
    earliest: i64,
    too_late: i64,
}

impl<'a> RecordReader<'a> {
    fn new(region: &'a str, day: Day, run_length: usize) -> Self {
        Self {
            plain: PlainRecords::default(),
            timestamps: Timestamps::default(),
            pools: PoolList::new(region),
            sorter: Sorter::new(run_length),
            days: BTreeSet::new(),
            last_day: None,
            records: 0,
            earliest: Day(day.0 - MAX_DAYS_BEFORE).max(FIRST_DAY.into()).start(),
            too_late: Day(day.0 + MAX_DAYS_AFTER).end(),
        }
    }

    fn read_wrapper(&mut self, json: &mut JsonStream<'_>) -> Result<(), DecodeError> {
        json.take(b'{')?;
        let mut found = false;
        if !json.take(b'}')? {
            loop {
                let name: String = json.value(|bytes| json_stream::read_as(bytes), |_| None)?;
                if !json.take(b':')? {
                    return Err(json.unexpected("`:`")?);
                }
                if name != "SpotPriceHistory" {
                    json.peek()?;
                    let start = json.offset();
                    json.value(|bytes| skip(bytes, start), |_| None)??;
                } else if found {
                    return Err(json.error("the dump has two SpotPriceHistory fields"));
                } else if json.peek()? == Some(b'[') {
                    self.read_array(json)?;
                    found = true;
                } else {
                    return Err(json.error(EXPECTED_SHAPE));
                }
                if json.take(b'}')? {
                    break;
                }
                if !json.take(b',')? {
                    return Err(json.unexpected("`,` or `}`")?);
                }
            }
        }
        if found { Ok(()) } else { Err(json.error(EXPECTED_SHAPE)) }
    }

    fn read_array(&mut self, json: &mut JsonStream<'_>) -> Result<(), DecodeError> {
        json.take(b'[')?;
        if json.take(b']')? {
            return Ok(());
        }
        loop {
            let start = json.peek().map(|_| json.offset())?;
            self.read_record(json).map_err(|error| match error {
                DecodeError::Rejected(rejection) if rejection.first().record.is_none() => {
                    DecodeError::Rejected(rejection.map(|error| RecordError {
                        record: Some(self.records),
                        offset: error.offset.or(Some(start)),
                        ..error
                    }))
                }
                other => other,
            })?;
            self.records += 1;
            if json.take(b']')? {
                return Ok(());
            }
            if !json.take(b',')? {
                return Err(json.unexpected("`,` or `]`")?);
            }
        }
    }

    fn read_record(&mut self, json: &mut JsonStream<'_>) -> Result<(), DecodeError> {
        // serde would take an array of five strings for a record, too.
        if json.peek()? == Some(b'[') {
            return Err(json.error("a record must be an object, not an array"));
        }
        let start = json.offset();
        let observation = json.value(
            |bytes| {
                if let Some((record, length)) = self.plain.read(bytes) {
                    // What is not in a valid value is ASCII.
                    return Ok((self.observe(&record), length));
                }
                let (record, length) = Record::read(bytes)?;
                let observed = self.observe(&record);
                Ok((
                    observed.and_then(|observed| is_text(&bytes[..length], start).map(|()| observed)),
                    length,
                ))
            },
            record::diagnose,
        )??;
        let day = Day::of(observation.observed_at);
        if self.last_day.replace(day) != Some(day) {
            self.days.insert(day);
        }
        self.sorter.push(observation).map_err(|error| explain(error, &self.pools.keys()))
    }

    fn observe(&mut self, record: &Record<'_>) -> Result<Recorded, DecodeError> {
        let pool = self.pools.number(&record.zone, &record.instance_type, &record.product)?;
        let price = price::parse(&record.price)
            .map_err(|reason| field_error("SpotPrice", format!("{reason}: `{}`", shorten(&record.price))))?;
        let observed_at = self.timestamps.parse(&record.timestamp).ok_or_else(|| {
            let written = shorten(&record.timestamp);
            field_error(
                "Timestamp",
                format!("`{written}` is not a timestamp such as 2018-10-30T23:57:27.000Z"),
            )
        })?;
        if !(self.earliest..self.too_late).contains(&observed_at) {
            return Err(field_error(
                "Timestamp",
                format!(
                    "{} is too far from the dump's day: a dump may have prices from {MAX_DAYS_BEFORE} days before it (and from {FIRST_DAY}, when spot prices began) to {MAX_DAYS_AFTER} days after it",
                    shorten(&record.timestamp)
                ),
            ));
        }
        let origin = u32::try_from(self.records)
            .map_err(|_| RecordError::of_dump(format!("the dump has more than {} records", u32::MAX)))?;
        Ok(Recorded { pool, observed_at, origin: RecordIndex(origin), price })
    }

    fn finish(self) -> Result<Decoded, DecodeError> {
        let RecordReader { pools, mut sorter, days, records, .. } = self;
        let pools = if let Some(observations) = sorter.in_memory() {
            let (pools, numbers) = pools.sorted_keys();
            for observation in observations {
                observation.pool = numbers[observation.pool.0 as usize];
            }
            pools
        } else {
            pools.keys()
        };
        let observations = sorter.finish().map_err(|error| explain(error, &pools))?;
        Ok(Decoded { pools, observations, days, records })
    }
}

fn explain(error: SortError, pools: &PoolKeys) -> DecodeError {
    match error {
        SortError::Scratch(error) => DecodeError::Scratch(error),
        SortError::Conflict(first, second) => {
            let [zone, instance_type, product] = pool::parts(pools.get(first.pool.0 as usize));
            RecordError {
                reason: format!(
                    "record {} says {} for {instance_type} {product} in {zone} at {}, this one says {}",
                    first.origin.0,
                    price::display(first.price),
                    instant(first.observed_at)
                        .map_or_else(|error| error.to_string(), |at| at.format("%FT%T%.fZ").to_string()),
                    price::display(second.price),
                ),
                record: Some(second.origin.0.into()),
                field: Some("SpotPrice"),
                offset: None,
            }
            .into()
        }
    }
}

/// Skips a value that is not needed, which must be valid all the same; `start` is its offset in the dump.
fn skip(bytes: &[u8], start: u64) -> serde_json::Result<(Result<(), DecodeError>, usize)> {
    let ((), length) = json_stream::skip(bytes)?;
    Ok((is_text(&bytes[..length], start), length))
}

/// JSON is UTF-8, also in skipped fields: other bytes mean that the dump was damaged in transit. The parser does not
/// check text that it skips.
fn is_text(bytes: &[u8], start: u64) -> Result<(), DecodeError> {
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(error) => {
            let offset = Some(start + error.valid_up_to() as u64);
            Err(RecordError {
                reason: "not valid: bytes that are not UTF-8".to_owned(),
                offset,
                ..RecordError::default()
            }
            .into())
        }
    }
}

fn field_error(field: &'static str, reason: String) -> DecodeError {
    RecordError { reason, field: Some(field), ..RecordError::default() }.into()
}

#[cfg(test)]
mod tests;
