//! Whatever is delivered, in whatever order, by however many importers: the rows are those of a simple model.

use std::collections::BTreeMap;
use std::thread;

use proptest::prelude::*;

use crate::support::{Database, Folder, Row, dump_name, import, json};

/// Days that have dumps, of 2020-05.
const DAYS: std::ops::Range<u32> = 10..14;

/// A record of a dump: pool, day of the month, minute, price in cents.
type Record = (char, u32, u32, u32);

/// A body for a dump, put into one of two places.
#[derive(Clone, Debug)]
struct Delivery {
    day: u32,
    place: &'static str,
    records: Vec<Record>,
}

#[derive(Clone, Debug)]
enum Step {
    Deliver(Delivery),
    Import,
    /// Two importers at once.
    Race,
}

/// Few keys, so that they meet often.
fn records(day: u32) -> impl Strategy<Value = Vec<Record>> {
    let key = (prop::sample::select(vec!['a', 'b']), day.saturating_sub(3)..=day + 1, 0_u32..3);
    // A map, so that no dump contradicts itself.
    prop::collection::btree_map(key, 1_u32..4, 0..8).prop_map(|records| {
        records.into_iter().map(|((pool, day, minute), price)| (pool, day, minute, price)).collect()
    })
}

fn delivery() -> impl Strategy<Value = Delivery> {
    DAYS.prop_flat_map(|day| {
        (prop::sample::select(vec!["here", "there"]), records(day))
            .prop_map(move |(place, records)| Delivery { day, place, records })
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step =
        prop_oneof![4 => delivery().prop_map(Step::Deliver), 1 => Just(Step::Import), 1 => Just(Step::Race)];
    prop::collection::vec(step, 1..24)
}

/// What the rules promise, said as simply as can be.
#[derive(Default)]
struct Model {
    /// The newest body of each place, with the time it was written; false until it is imported.
    places: BTreeMap<(u32, &'static str), (u64, Vec<Record>, bool)>,
    /// What each place held when it was last imported.
    held: BTreeMap<(u32, &'static str), Vec<Record>>,
    /// The newest imported revision of each dump, by its time.
    newest: BTreeMap<u32, (u64, Vec<Record>)>,
    /// What any revision ever said of days that are not its own, with day and time of the revision.
    abroad: Vec<(Record, u32, u64)>,
}

impl Model {
    fn import(&mut self) {
        for (&(day, place), (time, records, imported)) in &mut self.places {
            if std::mem::replace(imported, true) {
                continue;
            }
            // Written again, but with what the place held before.
            if self.held.insert((day, place), records.clone()).as_ref() == Some(records) {
                continue;
            }
            // What stands is said again at another place: it is as new as the latest who said it.
            if let Some((standing, _)) = self.newest.get_mut(&day).filter(|(_, standing)| standing == records)
            {
                for (_, said_on, said) in &mut self.abroad {
                    if (*said_on, *said) == (day, *standing) {
                        *said = (*said).max(*time);
                    }
                }
                *standing = (*standing).max(*time);
                continue;
            }
            self.abroad
                .extend(records.iter().filter(|record| record.1 != day).map(|record| (*record, day, *time)));
            if self.newest.get(&day).is_none_or(|(standing, _)| *time > *standing) {
                self.newest.insert(day, (*time, records.clone()));
            }
        }
    }

    fn rows(&self) -> Vec<(char, u32, u32, u32, u32)> {
        let mut rows = BTreeMap::new();
        for (day, (_, records)) in &self.newest {
            for &(pool, _, minute, price) in records.iter().filter(|record| record.1 == *day) {
                rows.insert((pool, *day, minute), (price, *day));
            }
        }
        let mut abroad = self.abroad.clone();
        // Nearest first; between equally near days the later one, between its revisions the newer one.
        abroad.sort_by_key(|((_, at, _, _), day, time)| (at.abs_diff(*day), u32::MAX - day, u64::MAX - time));
        for ((pool, at, minute, price), day, _) in abroad {
            rows.entry((pool, at, minute)).or_insert((price, day));
        }
        rows.into_iter().map(|((pool, at, minute), (price, day))| (pool, at, minute, price, day)).collect()
    }
}

fn simplify(row: Row) -> (char, u32, u32, u32, u32) {
    let pool = row.pool.split(' ').nth(1).unwrap().chars().last().unwrap();
    let cents = (row.price.parse::<f64>().unwrap() * 100.0).round() as u32;
    (
        pool,
        row.at[8..10].parse().unwrap(),
        row.at[14..16].parse().unwrap(),
        cents,
        row.dump[17..19].parse().unwrap(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_the_rows_of_the_model(history in steps()) {
        let (database, folder) = (Database::new(), Folder::new());
        let mut model = Model::default();
        let mut time = 1_600_000_000;
        for step in history.into_iter().chain([Step::Import]) {
            match step {
                Step::Deliver(Delivery { day, place, records }) => {
                    time += 1;
                    let texts: Vec<_> = records
                        .iter()
                        .map(|(pool, at, minute, price)| (pool.to_string(), format!("2020-05-{at:02} 12:{minute:02}:00"), format!("0.{price:02}")))
                        .collect();
                    let quotes: Vec<_> = texts.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
                    folder.write_at(&format!("{place}/{}", dump_name(&format!("2020-05-{day}"))), json(&quotes), time);
                    model.places.insert((day, place), (time, records, false));
                    continue;
                }
                Step::Import => {
                    import(&database, &[folder.path()]);
                }
                Step::Race => {
                    thread::scope(|scope| {
                        scope.spawn(|| import(&database, &[folder.path()]));
                        scope.spawn(|| import(&database, &[folder.path()]));
                    });
                }
            }
            model.import();
            let rows: Vec<_> = database.rows().into_iter().map(simplify).collect();
            prop_assert_eq!(rows, model.rows());
            database.check();
        }
        // Nothing is left to do.
        let again = import(&database, &[folder.path()]);
        prop_assert_eq!((again.landed, again.superseded, again.rows_new), (0, 0, 0));
    }
}
