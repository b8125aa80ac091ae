//! A valid batch.

use std::collections::{BTreeMap, HashMap};
use std::io;

use chrono::NaiveDate;

use crate::feed::Content;

use super::code::PortCode;
use super::location::{At, Location};
use super::price::Price;
use super::spill_file::Prices;

/// Prices read at once from a scratch file.
const CHUNK_ROWS: u64 = 1_024;

/// Ports that the prices of a batch refer to, each with the first such price and its field.
pub(super) type ReferencedPorts = HashMap<PortCode, (At, &'static str), foldhash::fast::RandomState>;

/// A batch of prices; one from a database's dump has ports and regions, too.
#[derive(Debug)]
pub struct FreightBatch {
    /// By their codes.
    pub(super) ports: BTreeMap<String, (At, Location)>,
    /// By their slugs.
    pub(super) regions: BTreeMap<String, (At, Location)>,
    pub(super) prices: Prices,
    pub(super) referenced_ports: ReferencedPorts,
    /// Exact repeats of ports and regions.
    pub(super) repeats: u64,
}

impl FreightBatch {
    /// Passes every price in the order of the batch: codes of origin and destination, day, and price.
    ///
    /// # Errors
    ///
    /// A large batch's scratch file cannot be read.
    pub fn for_each_price(&mut self, mut each: impl FnMut(&str, &str, NaiveDate, i32)) -> io::Result<()> {
        for chunk in self.prices.chunks(CHUNK_ROWS)? {
            for Price { orig, dest, day, price } in chunk? {
                // The decoder accepts only days of the calendar.
                let day =
                    NaiveDate::from_epoch_days(day).ok_or_else(|| io::Error::other("an impossible day"))?;
                each(&orig.to_string(), &dest.to_string(), day, price);
            }
        }
        Ok(())
    }
}

impl Content for FreightBatch {
    fn records(&self) -> u64 {
        (self.ports.len() + self.regions.len()) as u64 + self.repeats + self.prices.len()
    }

    fn size_in_memory(&self) -> usize {
        let reference = size_of::<(PortCode, (At, &str))>();
        let locations = self.ports.iter().chain(&self.regions).map(|(key, (_, location))| {
            size_of::<Location>()
                + key.len()
                + location.name.len()
                + location.parent.as_ref().map_or(0, String::len)
        });
        self.prices.size_in_memory() + self.referenced_ports.capacity() * reference + locations.sum::<usize>()
    }
}
