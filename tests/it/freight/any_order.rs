//! Whatever is delivered, in whatever order: the rows are those of a simple model.

use landfall::feed::freight::Freight;
use std::collections::BTreeMap;
use std::thread;

use landfall::ingest::{Withdrawal, withdraw};
use proptest::prelude::*;

use crate::support::import;

use super::{csv, rates, with_ports};

#[derive(Clone, Debug)]
enum Step {
    /// Writes a body of a batch to one of two folders.
    Deliver(u32, &'static str, Vec<u32>),
    Import,
    /// Two importers at once.
    Race,
    /// The current revision of a batch is withdrawn.
    Withdraw(u32),
}

/// A body for one of two folders, which often have the same bytes.
fn delivery() -> impl Strategy<Value = Step> {
    (0_u32..3, prop::sample::select(vec!["here", "there"]), prop::collection::vec(1_u32..3, 1..3))
        .prop_map(|(batch, folder_name, prices)| Step::Deliver(batch, folder_name, prices))
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        5 => delivery(),
        3 => Just(Step::Import),
        1 => Just(Step::Race),
        1 => (0_u32..3).prop_map(Step::Withdraw),
    ];
    prop::collection::vec(step, 1..24)
}

/// The current revision of a batch.
struct CurrentRevision {
    time: u64,
    prices: Vec<u32>,
    withdrawn: bool,
}

/// A simple model of the rules.
#[derive(Default)]
struct Model {
    /// The newest body in each folder, with the time it was written, and whether it was imported.
    bodies: BTreeMap<(u32, &'static str), (u64, Vec<u32>, bool)>,
    /// The content of each folder when it was last imported.
    last_imported: BTreeMap<(u32, &'static str), Vec<u32>>,
    current: BTreeMap<u32, CurrentRevision>,
}

impl Model {
    fn import(&mut self) {
        for (&(batch, folder_name), (time, prices, imported)) in &mut self.bodies {
            if std::mem::replace(imported, true) {
                continue;
            }
            // Written again, but with the same content.
            if self.last_imported.insert((batch, folder_name), prices.clone()).as_ref() == Some(prices) {
                continue;
            }
            let newest = CurrentRevision { time: *time, prices: prices.clone(), withdrawn: false };
            match self.current.get_mut(&batch) {
                // The same content again, withdrawn or not: its time is that of the latest copy.
                Some(current) if current.prices == *prices => current.time = current.time.max(*time),
                Some(current) if current.time > *time => {}
                Some(current) => *current = newest,
                None => drop(self.current.insert(batch, newest)),
            }
        }
    }

    fn rates(&self) -> String {
        let mut rows: Vec<String> = Vec::new();
        for (batch, current) in self.current.iter().filter(|(_, current)| !current.withdrawn) {
            let row =
                |price| format!("CNGGZ NOOSL | 2021-01-31 | {price} | freightrates_20210201_{batch}.csv\n");
            rows.extend(current.prices.iter().map(row));
        }
        rows.sort();
        rows.concat()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_the_rows_of_the_model(history in steps()) {
        let (database, folder) = with_ports();
        let mut model = Model::default();
        let mut time = 1_700_000_000;
        for step in history.into_iter().chain([Step::Import]) {
            match step {
                Step::Deliver(batch, folder_name, prices) => {
                    time += 1;
                    folder.write_at(&format!("{folder_name}/freightrates_20210201_{batch}.csv"), csv(&prices), time);
                    model.bodies.insert((batch, folder_name), (time, prices, false));
                    continue;
                }
                Step::Import => {
                    import(&database, &[folder.path()]);
                    model.import();
                }
                Step::Race => {
                    thread::scope(|scope| {
                        scope.spawn(|| import(&database, &[folder.path()]));
                        scope.spawn(|| import(&database, &[folder.path()]));
                    });
                    model.import();
                }
                Step::Withdraw(batch) => {
                    let id = database.number(&format!(
                        "SELECT coalesce(max(id), 0) FROM ledger
                         WHERE status = 'landed' AND name = 'freightrates_20210201_{batch}.csv'"
                    ));
                    let expected = model.current.get_mut(&batch).is_some_and(|current| !std::mem::replace(&mut current.withdrawn, true));
                    let withdrawn = withdraw(&mut database.connect(), &Freight, id as i32).unwrap();
                    prop_assert_eq!(matches!(withdrawn, Withdrawal::Withdrawn(..)), expected);
                }
            }
            prop_assert_eq!(rates(&database), model.rates());
        }
        let again = import(&database, &[folder.path()]);
        prop_assert_eq!((again.landed, again.superseded, again.rows_new), (0, 0, 0));
    }
}
