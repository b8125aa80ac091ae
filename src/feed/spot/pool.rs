//! What has a spot price of its own: a zone, an instance type and a product.

use std::collections::HashMap;

use crate::feed::Rejection;

/// No text of a record may be longer, in bytes; real ones stay under 40.
const LONGEST: usize = 255;

/// No dump may name more pools: it bounds the memory of a dump; the largest region has some 20,000.
const MOST: usize = 200_000;

/// A pool within its account and region: zone, instance type and product, parted by NUL, which none of them can hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PoolKey(Box<str>);

impl PoolKey {
    pub(super) fn new(zone: &str, instance_type: &str, product: &str) -> Self {
        let mut text = String::new();
        join(&mut text, zone, instance_type, product);
        Self(text.into())
    }

    /// Zone, instance type and product.
    pub(super) fn parts(&self) -> (&str, &str, &str) {
        let mut parts = self.0.splitn(3, '\0');
        let mut next = || parts.next().unwrap_or_default();
        (next(), next(), next())
    }

    /// Memory it holds, in bytes, the allocator's share included.
    pub(super) fn weight(&self) -> usize {
        self.0.len() + 32
    }
}

impl std::borrow::Borrow<str> for PoolKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Numbers the pools of one dump in the order they appear.
pub(super) struct PoolList<'a> {
    region: &'a str,
    numbers: HashMap<PoolKey, u32, foldhash::fast::RandomState>,
    text: String,
}

impl<'a> PoolList<'a> {
    pub(super) fn new(region: &'a str) -> Self {
        Self { region, numbers: HashMap::default(), text: String::new() }
    }

    /// The number of a pool. Its texts are judged when it is first met, and only then.
    pub(super) fn number(
        &mut self,
        zone: &str,
        instance_type: &str,
        product: &str,
    ) -> Result<u32, Rejection> {
        self.text.clear();
        join(&mut self.text, zone, instance_type, product);
        if let Some(number) = self.numbers.get(self.text.as_str()) {
            return Ok(*number);
        }
        check("AvailabilityZone", zone)?;
        check("InstanceType", instance_type)?;
        check("ProductDescription", product)?;
        if !zone.starts_with(self.region) {
            return Err(refuse(
                "AvailabilityZone",
                format!("the zone `{zone}` is not in {}, the region of the dump's key", self.region),
            ));
        }
        if self.numbers.len() == MOST {
            return Err(Rejection {
                reason: format!("the dump names more than {MOST} pools"),
                ..Rejection::default()
            });
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(PoolKey(self.text.as_str().into()), number);
        Ok(number)
    }

    /// The pool with a number.
    pub(super) fn find(&self, number: u32) -> Option<&PoolKey> {
        self.numbers.iter().find_map(|(key, candidate)| (*candidate == number).then_some(key))
    }

    /// The pools, each at the place its number says.
    pub(super) fn into_keys(self) -> Vec<PoolKey> {
        let mut keys: Vec<_> = self.numbers.into_iter().collect();
        keys.sort_unstable_by_key(|(_, number)| *number);
        keys.into_iter().map(|(key, _)| key).collect()
    }
}

fn join(text: &mut String, zone: &str, instance_type: &str, product: &str) {
    text.push_str(zone);
    text.push('\0');
    text.push_str(instance_type);
    text.push('\0');
    text.push_str(product);
}

fn check(field: &'static str, text: &str) -> Result<(), Rejection> {
    if text.is_empty() {
        return Err(refuse(field, "the text is empty".to_owned()));
    }
    if text.len() > LONGEST {
        return Err(refuse(field, format!("the text is longer than {LONGEST} bytes")));
    }
    if text.contains(char::is_control) {
        return Err(refuse(field, format!("the text {text:?} holds a control character")));
    }
    Ok(())
}

fn refuse(field: &'static str, reason: String) -> Rejection {
    Rejection { reason, field: Some(field), ..Rejection::default() }
}
