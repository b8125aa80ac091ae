//! How many statements a landing takes: some for each batch, none for each dump or market.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use crate::support::{Database, Folder, import, json};

static STATEMENTS: AtomicUsize = AtomicUsize::new(0);
static BATCHES: AtomicUsize = AtomicUsize::new(0);
/// The database whose statements are counted: other tests run beside this one.
static COUNTED: Mutex<Option<String>> = Mutex::new(None);

/// Counts the statements of one connection.
#[derive(Default)]
struct Counter {
    counted: bool,
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                let name = COUNTED.lock().unwrap();
                self.counted = name.as_ref().is_some_and(|name| url.contains(&format!("/{name}?")));
            }
            InstrumentationEvent::StartQuery { .. } if self.counted => {
                STATEMENTS.fetch_add(1, Ordering::Relaxed);
            }
            InstrumentationEvent::BeginTransaction { .. } if self.counted => {
                BATCHES.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

#[test]
fn a_batch_takes_as_many_statements_whatever_number_of_markets_it_is_of() {
    set_default_instrumentation(|| Some(Box::<Counter>::default())).unwrap();
    let (database, folder) = (Database::new(), Folder::new());
    let put = |price: &str| {
        for account in 0..300_u64 {
            let name = format!("spotprices_20200504_{:012}_eu-west-3.json", 100_000_000_000 + account);
            folder.write(
                &name,
                json(&[("a", "2020-05-03 23:00:00", "0.1"), ("a", "2020-05-04 10:00:00", price)]),
            );
        }
        // Some that are rejected: they cost no statement of their own either.
        for account in 300..600_u64 {
            let name = format!("spotprices_20200504_{:012}_eu-west-3.json", 100_000_000_000 + account);
            folder.write(&name, json(&[("a", "2020-05-04 10:00:00", "cheap")]));
        }
    };
    put("0.1");
    *COUNTED.lock().unwrap() = Some(database.name.clone());
    let report = import(&database, &[folder.path()]);
    *COUNTED.lock().unwrap() = None;
    assert_eq!((report.landed, report.rejected.len(), report.rows_new), (300, 300, 600));
    let (statements, batches) = (STATEMENTS.load(Ordering::Relaxed), BATCHES.load(Ordering::Relaxed));
    assert!(
        batches >= 1 && statements > batches,
        "{statements} statements in {batches} batches were counted"
    );
    assert!(statements <= 40 * batches + 40, "{statements} statements in {batches} batches");
    database.check();
}
