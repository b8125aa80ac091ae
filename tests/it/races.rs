//! Importers that get in each other's way, at a moment of the test's choosing.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use chrono::{NaiveDate, Utc};
use landfall::ingest::FEEDS;
use landfall::ingest::{self, Bulk, Effort, PlanMode, Progress, Report, Selection, Stop, feeds};
use landfall::source::{Directory, Listing, Object, Source, SourceError, StoredBody};

use crate::support::{Database, Folder, dump_name, import, import_in};

/// A directory with one dump that is not opened before the test allows it.
struct Gated {
    directory: Directory,
    name: String,
    gate: Mutex<Receiver<()>>,
}

impl Source for Gated {
    fn name(&self) -> &str {
        self.directory.name()
    }

    fn list(&self, since: Option<NaiveDate>, each_page: &mut dyn FnMut(Listing)) -> Result<(), SourceError> {
        self.directory.list(since, each_page)
    }

    fn look_up(&self, key: &str) -> Result<Object, SourceError> {
        self.directory.look_up(key)
    }

    fn open(&self, object: &Object) -> Result<StoredBody, SourceError> {
        if object.key.ends_with(&self.name) {
            // Once opened, the gate stays open: its other end is closed.
            let _ = self.gate.lock().unwrap().recv();
        }
        self.directory.open(object)
    }
}

/// Imports a folder in batches; when it has reached the dump of `day`, and all before it have landed, `meanwhile` happens.
fn import_with_a_pause(database: &Database, folder: &Folder, day: &str, meanwhile: impl FnOnce()) -> Report {
    pause(Bulk::Never, database, folder, day, meanwhile)
}

/// Imports a folder; when it has reached the dump of `day`, `meanwhile` happens: in batches, after all before it
/// have landed, otherwise after the first of them was gathered.
fn pause(bulk: Bulk, database: &Database, folder: &Folder, day: &str, meanwhile: impl FnOnce()) -> Report {
    let (open_gate, gate) = channel();
    let directory = Directory::open(folder.path()).unwrap();
    let source: Arc<dyn Source> = Arc::new(Gated { directory, name: dump_name(day), gate: Mutex::new(gate) });
    let plan = ingest::plan(
        &mut database.connect(),
        &[source],
        &feeds(),
        &Selection::default(),
        PlanMode::New,
        Utc::now(),
    )
    .unwrap();
    let before =
        plan.tasks.iter().take_while(|task| !task.object.key.ends_with(&dump_name(day))).count() as i64;
    thread::scope(|scope| {
        let importing = scope.spawn(|| {
            let progress = Progress::new(plan.tasks.len());
            let (report, ended) = ingest::run(
                plan,
                FEEDS,
                &database.url,
                Effort { jobs: 1, bulk },
                &Stop::default(),
                &progress,
            );
            ended.unwrap();
            report
        });
        let has_come_so_far = || match bulk {
            Bulk::Never => database.number("SELECT count(*) FROM ledger") >= before,
            // Pools are stored as dumps are gathered.
            _ => database.number("SELECT count(*) FROM spot_pools") > 0,
        };
        while !has_come_so_far() {
            thread::sleep(Duration::from_millis(10));
        }
        meanwhile();
        drop(open_gate);
        importing.join().unwrap()
    })
}

#[test]
fn a_pool_another_importer_stored_meanwhile_is_found() {
    let (database, folder, other) = (Database::new(), Folder::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    folder.dump("2020-05-06", &[("b", "2020-05-06 10:00:00", "0.3"), ("c", "2020-05-06 10:00:00", "0.4")]);
    other.dump("2020-05-05", &[("b", "2020-05-05 10:00:00", "0.2")]);
    let report = import_with_a_pause(&database, &folder, "2020-05-06", || {
        assert_eq!(import(&database, &[other.path()]).landed, 1);
    });
    assert_eq!((report.landed, report.rows_new), (2, 3));
    assert_eq!(database.number("SELECT count(*) FROM spot_pools"), 3);
    assert_eq!(database.rows().len(), 4);
    database.check();
}

#[test]
fn a_dump_replaced_and_landed_meanwhile_is_not_put_back() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    let report = import_with_a_pause(&database, &folder, "2020-05-04", || {
        folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.2")]);
        assert_eq!(import(&database, &[folder.path()]).landed, 1);
    });
    assert_eq!((report.landed, report.unchanged), (0, 1));
    assert_eq!(database.rows()[0].price, "0.200000");
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 1);
    database.check();
}

#[test]
fn a_dump_deleted_meanwhile_is_no_error() {
    let (database, folder) = (Database::new(), Folder::new());
    let path = folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    let report =
        import_with_a_pause(&database, &folder, "2020-05-04", || std::fs::remove_file(path).unwrap());
    assert_eq!((report.landed, report.deleted, report.failed.len()), (0, 1, 0));
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 0);
}

#[test]
fn a_month_that_another_importer_begins_meanwhile_lands_in_batches() {
    let (database, folder, other) = (Database::new(), Folder::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    folder.dump("2020-05-05", &[("a", "2020-05-05 10:00:00", "0.2"), ("a", "2020-05-04 10:00:00", "0.1")]);
    other.dump("2020-05-06", &[("a", "2020-05-06 10:00:00", "0.3")]);
    let report = pause(Bulk::Always, &database, &folder, "2020-05-05", || {
        assert_eq!(import_in(Bulk::Always, &database, &[other.path()]).landed, 1);
    });
    assert_eq!((report.landed, report.rows_new), (2, 2));
    assert_eq!(database.rows().len(), 3);
    database.check();
}
