//! Which pools there are: zones, instance types and products, and what they cost.

use super::instance_type::{self, InstanceType};

/// Products, the common ones first. Each is listed plain and for the private cloud, which are separate
/// pools.
const PRODUCTS: [(&str, Licence); 8] = [
    ("Linux/UNIX", Licence::None),
    ("Windows", Licence::Windows),
    ("Red Hat Enterprise Linux", Licence::RedHat),
    ("SUSE Linux", Licence::Suse),
    ("Linux/UNIX (Amazon VPC)", Licence::None),
    ("Windows (Amazon VPC)", Licence::Windows),
    ("Red Hat Enterprise Linux (Amazon VPC)", Licence::RedHat),
    ("SUSE Linux (Amazon VPC)", Licence::Suse),
];

#[derive(Clone, Copy)]
enum Licence {
    None,
    Windows,
    RedHat,
    Suse,
}

impl Licence {
    /// Ten-thousandths of a US dollar an hour, on top of the market price, for so many
    /// sixteenths of a `large`.
    fn fee(self, size: u32) -> u32 {
        match self {
            Self::None => 0,
            // By the core, and a large has two.
            Self::Windows => 460 * size.div_ceil(8),
            Self::RedHat if size <= 32 => 600,
            Self::RedHat => 1_300,
            Self::Suse if size <= 16 => 630,
            Self::Suse => 1_000,
        }
    }
}

/// Local zones, in which a region goes on when its own zones are full.
const CITIES: [&str; 10] = ["lax", "bos", "chi", "dfw", "den", "hou", "mia", "phl", "sea", "atl"];

/// Zones that are filled together before the next are opened.
const ZONES_FILLED_TOGETHER: usize = 3;

/// One instance type in one zone for one product.
pub(super) struct Offer {
    pub(super) zone: String,
    pub(super) instance_type: String,
    pub(super) product: &'static str,
    /// The middle market price, and what the licence adds, in ten-thousandths of a US
    /// dollar an hour.
    pub(super) market: u32,
    pub(super) fee: u32,
}

/// The first `pools` offers of a region, all different. Even a few offers have several zones,
/// products and families.
pub(super) fn offers(region: &str, pools: usize) -> impl Iterator<Item = Offer> {
    let types = instance_type::all();
    (0..pools).map(move |n| {
        let (n, zone) = (n / ZONES_FILLED_TOGETHER, n % ZONES_FILLED_TOGETHER);
        let (n, product) = (n / PRODUCTS.len(), n % PRODUCTS.len());
        // Types are listed family by family; a prime stride that does not divide their number mixes them
        // and misses none.
        let InstanceType { name, size, price } = &types[n * 389 % types.len()];
        let (product, licence) = PRODUCTS[product];
        Offer {
            zone: zone_name(region, n / types.len() * ZONES_FILLED_TOGETHER + zone),
            instance_type: name.clone(),
            product,
            market: *price,
            fee: licence.fee(*size),
        }
    })
}

/// Six zones as `us-west-2a`, then local zones as `us-west-2-lax-1a`.
fn zone_name(region: &str, n: usize) -> String {
    match b"abcdef".get(n) {
        Some(letter) => format!("{region}{}", char::from(*letter)),
        None => format!("{region}-{}-{}a", CITIES[n % CITIES.len()], n / CITIES.len() + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::offers;

    #[test]
    fn offers_are_all_different() {
        let all: BTreeSet<_> =
            offers("us-west-2", 200_000).map(|o| (o.zone, o.instance_type, o.product)).collect();
        assert_eq!(all.len(), 200_000);
        assert!(all.iter().any(|(zone, ..)| zone == "us-west-2-lax-2a"), "{:?}", all.last());
    }

    #[test]
    fn few_offers_show_variety() {
        let few: Vec<_> = offers("eu-west-3", 64).collect();
        assert_eq!(few.iter().map(|o| &o.zone).collect::<BTreeSet<_>>().len(), 3);
        assert_eq!(few.iter().map(|o| o.product).collect::<BTreeSet<_>>().len(), 8);
        assert!(few.iter().map(|o| &o.instance_type).collect::<BTreeSet<_>>().len() >= 3);
    }

    #[test]
    fn windows_is_dearer() {
        let offers: Vec<_> = offers("eu-west-3", 10_000).collect();
        let fee = |product| offers.iter().filter(|o| o.product == product).map(|o| o.fee).min();
        assert!(fee("Windows") > fee("Linux/UNIX"));
    }
}
