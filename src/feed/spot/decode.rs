//! From the bytes of a dump to its observations, validated whole.

use std::io::{self, Read};

use crate::feed::frame::{self, Frames};
use crate::feed::text::shorten;
use crate::feed::{Content, DecodeError, DumpName, Refusal, Rejection, signature};

use super::day::{Day, FIRST_DAY, instant};
use super::pool::{self, PoolKeys, PoolList};
use super::record::{self, Record};
use super::sorted::{RUN, SortError, Sorted, Sorter};
use super::{RecordIndex, Recorded, price, timestamp};

/// Days before its own for which a dump may hold prices: twice the 90 days for which AWS keeps them. A dump begins
/// with the last record before its day of each pool, which is weeks old where a price did not change. What is older
/// cannot come from the API: the dump's name, or its timestamps, are wrong.
const MAX_DAYS_BEFORE: i32 = 180;

/// Days after its own for which a dump may hold prices, since some are made later and without an end; later ones
/// are absurd.
const MAX_DAYS_AFTER: i32 = 31;

/// Prices read at once from a scratch file.
const WINDOW: usize = 1_024;

const SHAPE: &str = "a dump must be a JSON array of records, or {\"SpotPriceHistory\": […]}";

/// What a valid dump says.
pub struct SpotDump {
    /// The dump's pools; observations name them by their place here.
    pub(super) pools: PoolKeys,
    pub(super) observations: Sorted,
    records: u64,
}

impl SpotDump {
    /// Hands over every price once: zone, instance type and product; the instant in microseconds since 1970; and
    /// the price in millionths of a dollar an hour. In no particular order.
    ///
    /// # Errors
    ///
    /// A large dump's scratch file cannot be read.
    pub fn for_each_price(&self, mut each: impl FnMut([&str; 3], i64, i64)) -> io::Result<()> {
        let mut hand_over = |observations: &[Recorded]| {
            for Recorded { pool, observed_at, price, .. } in observations {
                each(pool::parts(self.pools.get(pool.0 as usize)), *observed_at, *price);
            }
        };
        match &self.observations {
            Sorted::Memory(observations) => hand_over(observations),
            Sorted::Scratch(scratch) => {
                for window in scratch.windows(WINDOW)? {
                    hand_over(&window?);
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

    fn weight(&self) -> usize {
        let observations = match &self.observations {
            Sorted::Memory(observations) => observations.capacity() * size_of::<Recorded>(),
            // On disk, but while one of these lands, no others should pile up there.
            Sorted::Scratch(_) => self.observations.len() as usize * size_of::<Recorded>(),
        };
        observations + self.pools.weight()
    }
}

/// Decodes and validates a dump; see [`crate::feed::Feed::decode`].
pub fn decode(dump: &DumpName, body: &mut dyn Read) -> Result<SpotDump, DecodeError> {
    decode_in_runs(dump, body, RUN)
}

fn decode_in_runs(dump: &DumpName, body: &mut dyn Read, run_length: usize) -> Result<SpotDump, DecodeError> {
    let mut text = signature::open(body)?;
    let mut frames = Frames::new(&mut text.body, text.offset);
    let DumpName { market: Some(market), day: Some(day), name: _ } = dump else {
        return Err(frames.refuse("the dump's name has no market or no day"));
    };
    let mut reader = Reader::new(&market.region, (*day).into(), run_length);
    match frames.peek()? {
        None => return Err(frames.refuse("the dump is empty: it has no bytes, not even []")),
        Some(b'[') => reader.read_array(&mut frames)?,
        Some(b'{') => reader.read_wrapper(&mut frames)?,
        Some(_) => return Err(frames.refuse(SHAPE)),
    }
    if frames.peek()?.is_some() {
        return Err(frames.refuse("bytes follow the end of the JSON"));
    }
    reader.finish()
}

/// Takes records one by one.
struct Reader<'a> {
    pools: PoolList<'a>,
    sorter: Sorter,
    records: u64,
    earliest: i64,
    too_late: i64,
}

impl<'a> Reader<'a> {
    fn new(region: &'a str, day: Day, run_length: usize) -> Self {
        Self {
            pools: PoolList::new(region),
            sorter: Sorter::new(run_length),
            records: 0,
            earliest: Day(day.0 - MAX_DAYS_BEFORE).max(FIRST_DAY.into()).start(),
            too_late: Day(day.0 + MAX_DAYS_AFTER).end(),
        }
    }

    fn read_wrapper(&mut self, frames: &mut Frames<'_>) -> Result<(), DecodeError> {
        frames.take(b'{')?;
        let mut found = false;
        if !frames.take(b'}')? {
            loop {
                let name: String = frames.value(|bytes| frame::read_as(bytes), |_| None)?;
                if !frames.take(b':')? {
                    return Err(frames.unexpected("`:`")?);
                }
                if name != "SpotPriceHistory" {
                    frames.peek()?;
                    let start = frames.offset();
                    frames.value(|bytes| skip(bytes, start), |_| None)??;
                } else if found {
                    return Err(frames.refuse("the dump has two SpotPriceHistory fields"));
                } else if frames.peek()? == Some(b'[') {
                    self.read_array(frames)?;
                    found = true;
                } else {
                    return Err(frames.refuse(SHAPE));
                }
                if frames.take(b'}')? {
                    break;
                }
                if !frames.take(b',')? {
                    return Err(frames.unexpected("`,` or `}`")?);
                }
            }
        }
        if found { Ok(()) } else { Err(frames.refuse(SHAPE)) }
    }

    fn read_array(&mut self, frames: &mut Frames<'_>) -> Result<(), DecodeError> {
        frames.take(b'[')?;
        if frames.take(b']')? {
            return Ok(());
        }
        loop {
            let start = frames.peek().map(|_| frames.offset())?;
            self.read_record(frames).map_err(|error| match error {
                DecodeError::Rejected(Refusal { first, .. }) if first.record.is_none() => {
                    Rejection { record: Some(self.records), offset: first.offset.or(Some(start)), ..first }
                        .into()
                }
                other => other,
            })?;
            self.records += 1;
            if frames.take(b']')? {
                return Ok(());
            }
            if !frames.take(b',')? {
                return Err(frames.unexpected("`,` or `]`")?);
            }
        }
    }

    fn read_record(&mut self, frames: &mut Frames<'_>) -> Result<(), DecodeError> {
        // serde would take an array of five strings for a record, too.
        if frames.peek()? == Some(b'[') {
            return Err(frames.refuse("a record must be an object, not an array"));
        }
        let start = frames.offset();
        let observation = frames.value(
            |bytes| {
                let (record, length) = Record::read(bytes)?;
                let observed = self.observe(&record);
                Ok((
                    observed.and_then(|observed| is_text(&bytes[..length], start).map(|()| observed)),
                    length,
                ))
            },
            record::diagnose,
        )??;
        self.sorter.push(observation).map_err(|error| explain(error, &self.pools.keys()))
    }

    fn observe(&mut self, record: &Record<'_>) -> Result<Recorded, DecodeError> {
        let pool = self.pools.number(&record.zone, &record.instance_type, &record.product)?;
        let price = price::parse(&record.price)
            .map_err(|reason| refuse("SpotPrice", format!("{reason}: `{}`", shorten(&record.price))))?;
        let observed_at = timestamp::parse(&record.timestamp).ok_or_else(|| {
            let written = shorten(&record.timestamp);
            refuse("Timestamp", format!("`{written}` is not a timestamp such as 2018-10-30T23:57:27.000Z"))
        })?;
        if !(self.earliest..self.too_late).contains(&observed_at) {
            return Err(refuse(
                "Timestamp",
                format!(
                    "{} is too far from the dump's day: a dump may hold prices from {MAX_DAYS_BEFORE} days before it (and from {FIRST_DAY}, when spot prices began) to {MAX_DAYS_AFTER} days after it",
                    shorten(&record.timestamp)
                ),
            ));
        }
        let origin = u32::try_from(self.records).map_err(|_| {
            let reason = format!("the dump has more than {} records", u32::MAX);
            Rejection { reason, ..Rejection::default() }
        })?;
        Ok(Recorded { pool, observed_at, origin: RecordIndex(origin), price })
    }

    fn finish(self) -> Result<SpotDump, DecodeError> {
        let Reader { pools, mut sorter, records, .. } = self;
        let pools = if sorter.is_in_memory() {
            let (pools, numbers) = pools.sorted_keys();
            sorter.renumber(&numbers);
            pools
        } else {
            pools.keys()
        };
        let observations = sorter.finish().map_err(|error| explain(error, &pools))?;
        Ok(SpotDump { pools, observations, records })
    }
}

fn explain(error: SortError, pools: &PoolKeys) -> DecodeError {
    match error {
        SortError::Scratch(error) => DecodeError::Scratch(error),
        SortError::Conflict(first, second) => {
            let [zone, instance_type, product] = pool::parts(pools.get(first.pool.0 as usize));
            Rejection {
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

/// Passes over a value that is not needed, which must be valid all the same; `start` is its offset in the dump.
fn skip(bytes: &[u8], start: u64) -> serde_json::Result<(Result<(), DecodeError>, usize)> {
    let ((), length) = frame::skip(bytes)?;
    Ok((is_text(&bytes[..length], start), length))
}

/// JSON is UTF-8, also where nobody looks: other bytes mean that the dump was damaged on its way. The parser does not
/// check text that is passed over.
fn is_text(bytes: &[u8], start: u64) -> Result<(), DecodeError> {
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(error) => {
            let offset = Some(start + error.valid_up_to() as u64);
            Err(Rejection {
                reason: "not valid: bytes that are not UTF-8".to_owned(),
                offset,
                ..Rejection::default()
            }
            .into())
        }
    }
}

fn refuse(field: &'static str, reason: String) -> DecodeError {
    Rejection { reason, field: Some(field), ..Rejection::default() }.into()
}

#[cfg(test)]
mod tests;
