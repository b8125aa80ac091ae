//! What the dumps have in common with real ones, read back from their JSON.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{
    super::{DEFAULT_CHANGES_PER_DAY, Simulation},
    Pool, rows, simulation,
};

#[test]
fn newest_first_and_never_two_prices_at_once() {
    for simulation in
        [simulation(), Simulation { pools: 2, changes_per_day: 30_000.0, days: 2, ..simulation() }]
    {
        for dump in simulation.dumps() {
            let rows = rows(&dump);
            assert_eq!(rows.len(), dump.len());
            assert!(rows.is_sorted_by(|a, b| a.at >= b.at));
            let mut prices = BTreeMap::new();
            for row in &rows {
                let first = prices.entry((&row.pool, row.at)).or_insert(&row.price);
                assert_eq!(*first, &row.price, "{:?} {}", row.pool, row.at);
            }
        }
    }
}

#[test]
fn each_dump_begins_with_the_prices_that_the_one_before_ended_with() {
    let mut ended: Option<BTreeMap<Pool, (DateTime<Utc>, String)>> = None;
    for dump in simulation().dumps() {
        let (mut last, mut opening) = (BTreeMap::new(), BTreeMap::new());
        for row in rows(&dump) {
            assert!(row.at.date_naive() <= dump.day);
            last.entry(row.pool.clone()).or_insert((row.at, row.price.clone()));
            if row.at.date_naive() < dump.day {
                let first = opening.entry(row.pool).or_insert((row.at, row.price.clone())).clone();
                assert_eq!(first, (row.at, row.price), "more than one record from before the day");
            }
        }
        assert_eq!(opening.len(), 2_000);
        assert!(ended.is_none_or(|ended| ended == opening), "{}", dump.name);
        ended = Some(last);
    }
}

#[test]
fn ratios_are_like_those_of_real_dumps() {
    let simulation = Simulation { days: 12, ..simulation() };
    let mut all: BTreeMap<Pool, BTreeMap<DateTime<Utc>, String>> = BTreeMap::new();
    let (mut count, mut overlapping, mut twice) = (0, 0, 0);
    for dump in simulation.dumps() {
        let rows = rows(&dump);
        count += rows.len();
        overlapping += rows.iter().filter(|row| row.at.date_naive() < dump.day).count();
        let different: BTreeSet<_> = rows.iter().map(|row| (&row.pool, row.at)).collect();
        twice += rows.len() - different.len();
        for row in rows {
            all.entry(row.pool).or_default().insert(row.at, row.price);
        }
    }
    let pairs = || all.values().flat_map(|prices| prices.iter().zip(prices.iter().skip(1)));
    let repeated =
        pairs().filter(|(before, after)| before.1 == after.1).count() as f64 / pairs().count() as f64;
    let overlap = overlapping as f64 / count as f64;
    assert!((0.62..0.66).contains(&repeated), "{repeated}");
    assert!((0.29..0.32).contains(&overlap), "{overlap}");
    assert!((1..25).contains(&twice), "{twice} of {count}");
    assert!(pairs().all(|(before, after)| (*after.0 - *before.0).num_seconds() <= 91_800));
    let changes = pairs().count() as f64 * (1.0 - repeated) / 2_000.0 / 12.0;
    assert!((changes - DEFAULT_CHANGES_PER_DAY).abs() < 0.04, "{changes}");
    for price in all.values().flat_map(BTreeMap::values) {
        assert!(price.ends_with("00") && price.parse::<f64>().unwrap() > 0.0, "{price}");
    }
}
