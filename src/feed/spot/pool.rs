//! What has a spot price of its own: a zone, an instance type and a product.

use std::collections::HashMap;

use crate::feed::RecordError;
use crate::feed::text::text;

use super::PoolIndex;

/// A dump may have no more pools: it bounds the memory of a dump; the largest region has some 20,000.
const MAX_POOLS: usize = 200_000;

/// A pool within its account and region: zone, instance type and product, separated by NUL, which none of them can contain.
pub(super) fn key(zone: &str, instance_type: &str, product: &str) -> String {
    [zone, instance_type, product].join("\0")
}

/// Zone, instance type and product of a key.
pub(super) fn parts(key: &str) -> [&str; 3] {
    let mut parts = key.splitn(3, '\0');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// The pools of a dump by number; packed, since many dumps wait in memory.
#[derive(Debug, Default)]
pub(super) struct PoolKeys {
    text: String,
    ends: Vec<u32>,
}

impl PoolKeys {
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|number| self.get(number))
    }

    pub(super) fn get(&self, number: usize) -> &str {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[number] as usize]
    }

    /// Bytes on the heap.
    pub(super) fn size_in_memory(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }
}

impl<'k> FromIterator<&'k str> for PoolKeys {
    fn from_iter<I: IntoIterator<Item = &'k str>>(keys: I) -> Self {
        let mut packed = Self::default();
        for key in keys {
            packed.text.push_str(key);
            packed.ends.push(packed.text.len() as u32);
        }
        packed.text.shrink_to_fit();
        packed.ends.shrink_to_fit();
        packed
    }
}

/// Numbers the pools of one dump in the order they appear.
pub(super) struct PoolList<'a> {
    region: &'a str,
    numbers: HashMap<Box<[u8]>, PoolIndex, foldhash::fast::RandomState>,
    text: Vec<u8>,
}

impl<'a> PoolList<'a> {
    pub(super) fn new(region: &'a str) -> Self {
        Self { region, numbers: HashMap::default(), text: Vec::new() }
    }

    /// The number of a pool. Its texts are validated when it first appears, and only then.
    pub(super) fn number(
        &mut self,
        zone: &[u8],
        instance_type: &[u8],
        product: &[u8],
    ) -> Result<PoolIndex, RecordError> {
        self.text.clear();
        for part in [zone, b"\0", instance_type, b"\0", product] {
            self.text.extend_from_slice(part);
        }
        if let Some(number) = self.numbers.get(self.text.as_slice()) {
            return Ok(*number);
        }
        let zone = text("AvailabilityZone", zone)?;
        text("InstanceType", instance_type)?;
        text("ProductDescription", product)?;
        if !zone.starts_with(self.region) {
            return Err(field_error(
                "AvailabilityZone",
                format!("the zone `{zone}` is not in {}, the region of the dump's key", self.region),
            ));
        }
        if self.numbers.len() == MAX_POOLS {
            return Err(RecordError {
                reason: format!("the dump has more than {MAX_POOLS} pools"),
                ..RecordError::default()
            });
        }
        let number = PoolIndex(self.numbers.len() as u32);
        self.numbers.insert(self.text.as_slice().into(), number);
        Ok(number)
    }

    /// The pools by number.
    pub(super) fn keys(&self) -> PoolKeys {
        let mut keys: Vec<_> = self.entries().collect();
        keys.sort_unstable_by_key(|(_, number)| *number);
        keys.into_iter().map(|(key, _)| key).collect()
    }

    /// The pools in the order of their names, and the new number of each old one.
    pub(super) fn sorted_keys(&self) -> (PoolKeys, Vec<PoolIndex>) {
        let mut keys: Vec<_> = self.entries().collect();
        keys.sort_unstable();
        let mut numbers = vec![PoolIndex(0); keys.len()];
        for ((_, old), new) in keys.iter().zip(0..) {
            numbers[old.0 as usize] = PoolIndex(new);
        }
        (keys.into_iter().map(|(key, _)| key).collect(), numbers)
    }

    fn entries(&self) -> impl Iterator<Item = (&str, PoolIndex)> {
        // Each part was found to be UTF-8 when it was added.
        self.numbers.iter().map(|(key, number)| (std::str::from_utf8(key).unwrap_or_default(), *number))
    }
}

fn field_error(field: &'static str, reason: String) -> RecordError {
    RecordError { reason, field: Some(field), ..RecordError::default() }
}
