//! Whatever is delivered, in whatever order, by however many importers: the rows are those of a simple model.

use std::collections::BTreeMap;
use std::thread;

use chrono::{Days, NaiveDate};
use landfall::ingest::{Bulk, DumpLookup, Withdrawal, feeds, look_up, withdraw};
use proptest::prelude::*;

use crate::support::{Database, Folder, Row, SUFFIXES, compressed, dump_name_of, import, import_in, json};

/// Days that have dumps: two of one month, two of the next.
const DAYS: std::ops::Range<u32> = 10..14;

/// The date of a day, which the model counts from here.
const DAY_ZERO: NaiveDate = NaiveDate::from_ymd_opt(2020, 4, 19).unwrap();

fn date_of(day: u32) -> NaiveDate {
    DAY_ZERO + Days::new(day.into())
}

/// A record of a dump: pool, day, minute, price in cents.
type Record = (char, u32, u32, u32);

/// Accounts, and with them markets: what is true of one is so whatever happens in the other.
const ACCOUNTS: [&str; 2] = ["123456789012", "210987654321"];

/// A body for a dump of one of the accounts, put into one of two places, compressed or not.
#[derive(Clone, Debug)]
struct Delivery {
    account: usize,
    day: u32,
    place: Place,
    records: Vec<Record>,
}

/// A folder, and the suffix of a compression.
type Place = (&'static str, &'static str);

#[derive(Clone, Debug)]
enum Step {
    Deliver(Delivery),
    Import(Bulk),
    /// Two importers at once.
    Race([Bulk; 2]),
    /// The dump of a day is withdrawn.
    Withdraw(usize, u32),
    /// The same, while two importers are at work.
    WithdrawInRace(usize, u32),
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
        let place = (prop::sample::select(vec!["here", "there"]), prop::sample::select(SUFFIXES));
        (0..ACCOUNTS.len(), place, records(day)).prop_map(move |(account, place, records)| Delivery {
            account,
            day,
            place,
            records,
        })
    })
}

/// Whether months land as a whole, where they can.
fn bulk() -> impl Strategy<Value = Bulk> {
    prop::sample::select(vec![Bulk::Always, Bulk::Never])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => delivery().prop_map(Step::Deliver),
        2 => bulk().prop_map(Step::Import),
        2 => [bulk(), bulk()].prop_map(Step::Race),
        1 => (0..ACCOUNTS.len(), DAYS).prop_map(|(account, day)| Step::Withdraw(account, day)),
        1 => (0..ACCOUNTS.len(), DAYS).prop_map(|(account, day)| Step::WithdrawInRace(account, day)),
    ];
    prop::collection::vec(step, 1..32)
}

/// The newest imported revision of a dump.
struct Newest {
    time: u64,
    /// How it is compressed: the same records compressed in another way are other bytes.
    suffix: &'static str,
    records: Vec<Record>,
    withdrawn: bool,
}

/// What the rules promise of one account, as simply as can be.
#[derive(Default)]
struct Model {
    /// The newest body of each place, with the time it was written; false until it is imported.
    places: BTreeMap<(u32, Place), (u64, Vec<Record>, bool)>,
    /// What each place held when it was last imported.
    held: BTreeMap<(u32, Place), Vec<Record>>,
    /// The newest imported revision of each dump.
    newest: BTreeMap<u32, Newest>,
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
            let same = |newest: &&mut Newest| newest.records == *records && newest.suffix == place.1;
            if let Some(newest) = self.newest.get_mut(&day).filter(same) {
                for (_, said_on, said) in &mut self.abroad {
                    if (*said_on, *said) == (day, newest.time) {
                        *said = (*said).max(*time);
                    }
                }
                newest.time = newest.time.max(*time);
                continue;
            }
            let is_newer = self.newest.get(&day).is_none_or(|newest| *time > newest.time);
            // What is older than a withdrawn revision was withdrawn with it.
            if !is_newer && self.newest.get(&day).is_some_and(|newest| newest.withdrawn) {
                continue;
            }
            self.abroad
                .extend(records.iter().filter(|record| record.1 != day).map(|record| (*record, day, *time)));
            if is_newer {
                let newest =
                    Newest { time: *time, suffix: place.1, records: records.clone(), withdrawn: false };
                self.newest.insert(day, newest);
            }
        }
    }

    /// As if no revision of the dump had ever said anything; returns whether there was one to withdraw.
    fn withdraw(&mut self, day: u32) -> bool {
        self.abroad.retain(|(_, said_on, _)| *said_on != day);
        self.newest.get_mut(&day).is_some_and(|newest| !std::mem::replace(&mut newest.withdrawn, true))
    }

    /// Whether a revision of the dump waits to be imported.
    fn is_waiting(&self, day: u32) -> bool {
        self.places.iter().any(|((of, _), (_, _, imported))| *of == day && !imported)
    }

    fn rows(&self) -> Vec<(char, u32, u32, u32, u32)> {
        let mut rows = BTreeMap::new();
        for (day, newest) in self.newest.iter().filter(|(_, newest)| !newest.withdrawn) {
            for &(pool, _, minute, price) in newest.records.iter().filter(|record| record.1 == *day) {
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

/// The rows of an account.
fn rows(database: &Database, account: usize) -> Vec<(char, u32, u32, u32, u32)> {
    let rows = database.rows().into_iter();
    rows.filter(|row| row.pool.starts_with(ACCOUNTS[account])).map(simplify).collect()
}

fn simplify(row: Row) -> (char, u32, u32, u32, u32) {
    let pool = row.pool.split(' ').nth(1).unwrap().chars().last().unwrap();
    let cents = (row.price.parse::<f64>().unwrap() * 100.0).round() as u32;
    let day = |text: &str, format: &str| {
        (NaiveDate::parse_from_str(text, format).unwrap() - DAY_ZERO).num_days() as u32
    };
    (
        pool,
        day(&row.at[..10], "%Y-%m-%d"),
        row.at[14..16].parse().unwrap(),
        cents,
        day(&row.dump[11..19], "%Y%m%d"),
    )
}

/// Withdraws the dump of a day by its name; returns whether it was there, and not withdrawn before.
fn take_back(database: &Database, account: usize, day: u32) -> bool {
    let mut connection = database.connect();
    match look_up(&mut connection, &feeds(), &dump_name_of(ACCOUNTS[account], &date_of(day).to_string()))
        .unwrap()
    {
        DumpLookup::Found(dump) => {
            matches!(withdraw(&mut connection, dump.feed, dump.id).unwrap(), Withdrawal::Withdrawn(..))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_the_rows_of_the_model(history in steps()) {
        let (database, folder) = (&Database::new(), &Folder::new());
        let mut models: [Model; 2] = Default::default();
        let mut time = 1_600_000_000;
        for step in history.into_iter().chain([Step::Import(Bulk::Never)]) {
            match step {
                Step::Deliver(Delivery { account, day, place, records }) => {
                    time += 1;
                    let texts: Vec<_> = records
                        .iter()
                        .map(|(pool, at, minute, price)| (pool.to_string(), format!("{} 12:{minute:02}:00", date_of(*at)), format!("0.{price:02}")))
                        .collect();
                    let quotes: Vec<_> = texts.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
                    let name = dump_name_of(ACCOUNTS[account], &date_of(day).to_string());
                    let (place_folder, suffix) = place;
                    folder.write_at(&format!("{place_folder}/{name}{suffix}"), compressed(suffix, json(&quotes)), time);
                    models[account].places.insert((day, place), (time, records, false));
                    continue;
                }
                Step::Import(bulk) => {
                    import_in(bulk, database, &[folder.path()]);
                }
                Step::Race(importers) => {
                    thread::scope(|scope| {
                        for bulk in importers {
                            scope.spawn(move || import_in(bulk, database, &[folder.path()]));
                        }
                    });
                }
                Step::WithdrawInRace(account, day) if !models[account].is_waiting(day) => {
                    // Nothing of this day is to land, so whoever comes first, the rows are the same.
                    let withdrawn = thread::scope(|scope| {
                        scope.spawn(|| import_in(Bulk::Always, database, &[folder.path()]));
                        let withdrawing = scope.spawn(|| take_back(database, account, day));
                        scope.spawn(|| import(database, &[folder.path()]));
                        withdrawing.join().unwrap()
                    });
                    prop_assert_eq!(withdrawn, models[account].withdraw(day));
                }
                Step::Withdraw(account, day) | Step::WithdrawInRace(account, day) => {
                    prop_assert_eq!(take_back(database, account, day), models[account].withdraw(day));
                    for (account, model) in models.iter().enumerate() {
                        prop_assert_eq!(rows(database, account), model.rows());
                    }
                    database.check();
                    continue;
                }
            }
            for (account, model) in models.iter_mut().enumerate() {
                model.import();
                prop_assert_eq!(rows(database, account), model.rows());
            }
            database.check();
        }
        // Nothing is left to do.
        let again = import(database, &[folder.path()]);
        prop_assert_eq!((again.landed, again.superseded, again.rows_new), (0, 0, 0));
    }
}
