//! Whatever is delivered, in whatever order and how often: the rows are those of a simple model.

use std::collections::BTreeMap;
use std::thread;

use landfall::feed::events::{Events, decode};
use landfall::feed::{DumpName, Feed, KeyMatch};
use landfall::ingest::{Withdrawal, withdraw};
use proptest::prelude::*;

use crate::support::{Database, Folder, Landfall, import};

use super::{check, event};

/// An event: its id, when it was received, and which of two contents it has.
type Sent = (u32, u32, bool);

#[derive(Clone, Debug)]
enum Step {
    Deliver(u32, Vec<Sent>),
    Import,
    /// Two importers at once.
    Race,
    Withdraw(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let sent = (0_u32..5, prop::sample::select(vec![10_u32, 70, 130]), any::<bool>());
    let delivery =
        (0_u32..5, prop::collection::vec(sent, 0..6)).prop_map(|(object, sent)| Step::Deliver(object, sent));
    let step = prop_oneof![
        6 => delivery,
        3 => Just(Step::Import),
        1 => Just(Step::Race),
        1 => (0_u32..5).prop_map(Step::Withdraw),
    ];
    prop::collection::vec(step, 1..24)
}

fn name(object: u32) -> String {
    format!("events_20190701_{object}.ndjson")
}

fn text(&(id, minute, other): &Sent) -> String {
    event(id, minute, if other { "b" } else { "a" })
}

/// The rule between events that were received at the same time: the lower digest.
fn digest(sent: &Sent) -> String {
    let KeyMatch::Dump(dump) = Events.match_key(&name(0)) else { panic!() };
    let object = decode(&dump as &DumpName, &mut text(sent).as_bytes()).unwrap();
    object.events[0].digest.to_string()
}

/// What an object has in the folder, and in the database.
#[derive(Clone, Default)]
struct Object {
    /// With a newline, so that no object is without bytes.
    body: Option<Vec<Sent>>,
    current: Option<Vec<Sent>>,
    withdrawn: bool,
}

/// A simple model of the rules.
#[derive(Default)]
struct Model(BTreeMap<u32, Object>);

impl Model {
    fn import(&mut self) {
        for object in self.0.values_mut() {
            if object.body.is_some() && object.body != object.current {
                object.current.clone_from(&object.body);
                object.withdrawn = false;
            }
        }
    }

    /// The events that count, by their ids.
    fn events(&self) -> String {
        let mut best: BTreeMap<u32, (u32, String, Sent)> = BTreeMap::new();
        for object in self.0.values().filter(|object| !object.withdrawn) {
            for sent in object.current.iter().flatten() {
                let candidate = (sent.1, digest(sent), *sent);
                best.entry(sent.0)
                    .and_modify(|known| *known = known.clone().min(candidate.clone()))
                    .or_insert(candidate);
            }
        }
        best.values().map(|(minute, _, (id, _, other))| format!("{id} | {minute} | {other}\n")).collect()
    }
}

fn stored(database: &Database) -> String {
    check(database);
    database.table(
        "SELECT right(id::text, 2)::integer AS id,
                (extract(epoch FROM received_at - '2019-07-01T23:00Z') / 60)::integer, event = 'b'
         FROM events ORDER BY 1",
    )
}

/// Extracts to a folder, and returns the file of each day.
fn extract(database: &Database, folder: &Folder) -> String {
    Landfall::on(database, &["--quiet", "extract", "events"]).arg(folder.path()).run().expect(0);
    database.table(&format!(
        "SELECT part, key, records FROM extracts WHERE destination = '{}' ORDER BY part",
        folder.path().display()
    ))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_history_gives_the_rows_of_the_model(history in steps()) {
        let (database, folder, extracts) = (Database::new(), Folder::new(), Folder::new());
        let mut model = Model::default();
        let mut time = 1_700_000_000;
        for step in history.into_iter().chain([Step::Import]) {
            match step {
                Step::Deliver(object, sent) => {
                    time += 1;
                    let body: String = sent.iter().map(text).collect();
                    folder.write_at(&name(object), body + "\n", time);
                    model.0.entry(object).or_default().body = Some(sent);
                    continue;
                }
                Step::Import => drop(import(&database, &[folder.path()])),
                Step::Race => thread::scope(|scope| {
                    scope.spawn(|| import(&database, &[folder.path()]));
                    scope.spawn(|| import(&database, &[folder.path()]));
                }),
                Step::Withdraw(object) => {
                    let id = database.number(&format!(
                        "SELECT coalesce(max(id), 0) FROM ledger WHERE status = 'landed' AND name = '{}'", name(object)
                    ));
                    let expected = model.0.get_mut(&object)
                        .is_some_and(|object| object.current.is_some() && !std::mem::replace(&mut object.withdrawn, true));
                    let withdrawn = withdraw(&mut database.connect(), &Events, id as i32).unwrap();
                    prop_assert_eq!(matches!(withdrawn, Withdrawal::Withdrawn(..)), expected);
                    prop_assert_eq!(stored(&database), model.events());
                    prop_assert_eq!(extract(&database, &extracts), extract(&database, &Folder::new()));
                    continue;
                }
            }
            model.import();
            prop_assert_eq!(stored(&database), model.events());
            // The days that have changed since the step before, against all days.
            prop_assert_eq!(extract(&database, &extracts), extract(&database, &Folder::new()));
        }
        let again = import(&database, &[folder.path()]);
        prop_assert_eq!((again.landed, again.superseded, again.rows_new), (0, 0, 0));
    }
}
