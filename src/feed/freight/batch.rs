//! What a valid batch says.

use std::collections::{BTreeMap, HashMap};

use crate::feed::Content;

use super::code::PortCode;
use super::place::{At, Place};
use super::spool::Prices;

/// Ports that the prices of a batch name, each with the first price that does and the field it does so in.
pub(super) type Mentions = HashMap<PortCode, (At, &'static str), foldhash::fast::RandomState>;

/// A batch of prices; one from a database's dump brings ports and regions, too.
#[derive(Debug)]
pub struct FreightBatch {
    /// By their codes.
    pub(super) ports: BTreeMap<String, (At, Place)>,
    /// By their slugs.
    pub(super) regions: BTreeMap<String, (At, Place)>,
    pub(super) prices: Prices,
    pub(super) mentions: Mentions,
    /// Ports and regions that were said more than once.
    pub(super) repeats: u64,
}

impl Content for FreightBatch {
    fn records(&self) -> u64 {
        (self.ports.len() + self.regions.len()) as u64 + self.repeats + self.prices.len()
    }

    fn weight(&self) -> usize {
        let mention = size_of::<(PortCode, (At, &str))>();
        let places = self.ports.iter().chain(&self.regions).map(|(key, (_, place))| {
            size_of::<Place>() + key.len() + place.name.len() + place.parent.as_ref().map_or(0, String::len)
        });
        self.prices.weight() + self.mentions.capacity() * mention + places.sum::<usize>()
    }
}
