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

impl<'k> FromIterator<[&'k str; 3]> for PoolKeys {
    fn from_iter<I: IntoIterator<Item = [&'k str; 3]>>(pools: I) -> Self {
        let mut packed = Self::default();
        for [zone, instance_type, product] in pools {
            for part in [zone, "\0", instance_type, "\0", product] {
                packed.text.push_str(part);
            }
            packed.ends.push(packed.text.len() as u32);
        }
        packed.text.shrink_to_fit();
        packed.ends.shrink_to_fit();
        packed
    }
}

/// Numbers the pools of one dump in the order they appear.
///
/// A dump has many pools but few names of each kind, so a pool is looked up by the numbers of its three names: unlike a
/// table of all its texts, that fits into a processor's cache.
pub(super) struct PoolList<'a> {
    region: &'a str,
    zones: Names,
    instance_types: Names,
    products: Names,
    /// By the numbers of zone, instance type and product.
    numbers: HashMap<[u32; 3], PoolIndex, foldhash::fast::RandomState>,
}

impl<'a> PoolList<'a> {
    pub(super) fn new(region: &'a str) -> Self {
        Self {
            region,
            zones: Names::default(),
            instance_types: Names::default(),
            products: Names::default(),
            numbers: HashMap::default(),
        }
    }

    /// The number of a pool. Its names are validated when they first appear, and only then.
    pub(super) fn number(
        &mut self,
        zone: &[u8],
        instance_type: &[u8],
        product: &[u8],
    ) -> Result<PoolIndex, RecordError> {
        let known_zone = self.zones.find(zone);
        let known_type = self.instance_types.find(instance_type);
        let known_product = self.products.find(product);
        if let (Some(zone), Some(instance_type), Some(product)) = (known_zone, known_type, known_product)
            && let Some(number) = self.numbers.get(&[zone, instance_type, product])
        {
            return Ok(*number);
        }
        if known_zone.is_none() {
            text("AvailabilityZone", zone)?;
        }
        if known_type.is_none() {
            text("InstanceType", instance_type)?;
        }
        if known_product.is_none() {
            text("ProductDescription", product)?;
        }
        if known_zone.is_none() && !zone.starts_with(self.region.as_bytes()) {
            let zone = String::from_utf8_lossy(zone);
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
        let names = [
            known_zone.unwrap_or_else(|| self.zones.add(zone)),
            known_type.unwrap_or_else(|| self.instance_types.add(instance_type)),
            known_product.unwrap_or_else(|| self.products.add(product)),
        ];
        let number = PoolIndex(self.numbers.len() as u32);
        self.numbers.insert(names, number);
        Ok(number)
    }

    /// The pools by number.
    pub(super) fn keys(&self) -> PoolKeys {
        let mut pools: Vec<_> = self.numbers.iter().map(|(names, number)| (*number, *names)).collect();
        pools.sort_unstable();
        let names = self.kinds().map(Names::by_number);
        pools.into_iter().map(|(_, numbers)| pick(&names, numbers)).collect()
    }

    /// The pools in the order of their names, and the new number of each old one.
    pub(super) fn sorted_keys(&self) -> (PoolKeys, Vec<PoolIndex>) {
        let sorted = self.kinds().map(Names::sorted);
        let ranks = self.kinds().map(Names::ranks);
        let mut pools: Vec<_> =
            self.numbers.iter().map(|(names, number)| (pick(&ranks, *names), *number)).collect();
        pools.sort_unstable();
        let mut numbers = vec![PoolIndex(0); pools.len()];
        for ((_, old), new) in pools.iter().zip(0..) {
            numbers[old.0 as usize] = PoolIndex(new);
        }
        (pools.into_iter().map(|(ranks, _)| pick(&sorted, ranks)).collect(), numbers)
    }

    fn kinds(&self) -> [&Names; 3] {
        [&self.zones, &self.instance_types, &self.products]
    }
}

/// One of each three lists.
fn pick<T: Copy>(lists: &[Vec<T>; 3], [a, b, c]: [u32; 3]) -> [T; 3] {
    [lists[0][a as usize], lists[1][b as usize], lists[2][c as usize]]
}

/// Numbers the names of one kind in the order they appear.
#[derive(Default)]
struct Names(HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>);

impl Names {
    fn find(&self, name: &[u8]) -> Option<u32> {
        self.0.get(name).copied()
    }

    /// Adds a name, which is text and not known yet.
    fn add(&mut self, name: &[u8]) -> u32 {
        let number = self.0.len() as u32;
        self.0.insert(name.into(), number);
        number
    }

    fn by_number(&self) -> Vec<&str> {
        let mut names = vec![""; self.0.len()];
        for (name, number) in &self.0 {
            names[*number as usize] = std::str::from_utf8(name).unwrap_or_default();
        }
        names
    }

    fn sorted(&self) -> Vec<&str> {
        let mut names = self.by_number();
        names.sort_unstable();
        names
    }

    /// By number: the place of each name in [`sorted`](Self::sorted).
    fn ranks(&self) -> Vec<u32> {
        let mut names: Vec<_> = self.0.iter().collect();
        names.sort_unstable();
        let mut ranks = vec![0; names.len()];
        for ((_, number), rank) in names.into_iter().zip(0..) {
            ranks[*number as usize] = rank;
        }
        ranks
    }
}

fn field_error(field: &'static str, reason: String) -> RecordError {
    RecordError { reason, field: Some(field), ..RecordError::default() }
}
