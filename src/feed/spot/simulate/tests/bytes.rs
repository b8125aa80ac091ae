//! What is written, and that it stays the same.

use std::collections::{BTreeMap, BTreeSet};

use super::{super::Simulation, json, simulation};
use crate::feed::draws::fnv1a;

/// The hash of [`same_inputs_same_bytes`] when the simulation was first written.
const PINNED: u64 = 3_712_845_572_771_655_248;

const ONE_POOL: &str = r#"[
{
"AvailabilityZone": "eu-west-3a",
"InstanceType": "t2.nano",
"ProductDescription": "Linux/UNIX",
"SpotPrice": "0.001300",
"Timestamp": "2020-05-04T03:51:02+00:00"
},
{
"AvailabilityZone": "eu-west-3a",
"InstanceType": "t2.nano",
"ProductDescription": "Linux/UNIX",
"SpotPrice": "0.001300",
"Timestamp": "2020-05-03T02:50:00+00:00"
}
]"#;

/// Each market's dumps as name and bytes.
fn bytes(simulation: &Simulation) -> BTreeMap<String, Vec<u8>> {
    simulation.dumps().map(|dump| (dump.name.clone(), json(&dump))).collect()
}

/// Pins the bytes for ever. If this fails, published measurements no longer describe what is
/// simulated.
#[test]
fn same_inputs_same_bytes() {
    let hash = |simulation: Simulation| {
        simulation.dumps().fold(0, |hash: u64, dump| hash.rotate_left(1) ^ fnv1a(&json(&dump)))
    };
    assert_eq!(hash(simulation()), PINNED);
    assert_ne!(hash(Simulation { seed: 8, ..simulation() }), PINNED);
}

#[test]
fn laid_out_as_a_real_dump() {
    let dump = Simulation { pools: 1, days: 1, changes_per_day: 0.0, ..simulation() }.dumps().next().unwrap();
    assert_eq!(String::from_utf8(json(&dump)).unwrap(), ONE_POOL);
    let nothing = Simulation { pools: 0, ..simulation() }.dumps().next().unwrap();
    assert_eq!((json(&nothing), nothing.len()), (b"[]".to_vec(), 0));
}

#[test]
fn names_and_accounts() {
    let simulation =
        Simulation { accounts: 50, regions: vec!["us-gov-west-1".into()], pools: 1, days: 1, ..simulation() };
    let accounts: BTreeSet<String> = simulation.accounts().collect();
    assert_eq!(accounts.len(), 50);
    assert!(
        accounts.iter().all(|id| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())),
        "{accounts:?}"
    );
    let first = simulation.accounts().next().unwrap();
    assert!(first.starts_with('0'), "{first}");
    assert_eq!(
        simulation.dumps().next().unwrap().name,
        format!("spotprices_20200504_{first}_us-gov-west-1.json")
    );
}

#[test]
fn markets_and_days_do_not_depend_on_others() {
    let few = Simulation { pools: 50, ..simulation() };
    let regions = vec!["us-west-2".into(), "eu-west-3".into()];
    let more = bytes(&Simulation { accounts: 3, regions, days: 9, ..few.clone() });
    assert_eq!(more.len(), 3 * 2 * 9);
    for (name, json) in bytes(&few) {
        assert!(more[&name] == json, "{name}");
    }
}

/// An account and region must not move as another does: that would hide records filed under the
/// wrong one.
#[test]
fn markets_differ() {
    let two = Simulation { accounts: 2, pools: 50, days: 1, ..simulation() };
    let different: BTreeSet<_> = bytes(&two).into_values().collect();
    assert_eq!(different.len(), 2);
}

#[test]
fn odd_rates_of_change_are_survived() {
    for changes_per_day in [0.0, -1.0, f64::NAN, 1e-300, 1e6] {
        let dumps = Simulation { pools: 3, days: 2, changes_per_day, ..simulation() }.dumps().count();
        assert_eq!(dumps, 2, "{changes_per_day}");
    }
}
