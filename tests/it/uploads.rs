//! Batches that are posted: whole or not at all, and once.

use std::thread;

use landfall::feed::spot::Spot;
use landfall::feed::{DumpName, Feed, KeyMatch};
use landfall::ingest::{Upload, Uploaded};

use crate::support::{Database, dump_name, json};

const RECORD: (&str, &str, &str) = ("a", "2020-05-04 10:00:00", "0.1");

fn dump() -> DumpName {
    let KeyMatch::Dump(dump) = Spot.match_key(&dump_name("2020-05-04")) else { panic!() };
    dump
}

fn upload(database: &Database, key: &str, body: &str) -> Uploaded {
    let upload = Upload::receive(Spot, key, dump(), &mut body.as_bytes()).unwrap();
    upload.store(&mut database.connect()).unwrap()
}

#[test]
fn the_same_key_lands_once() {
    let database = Database::new();
    let body = json(&[RECORD]);
    let Uploaded::Stored(entry) = upload(&database, "k1", &body) else { panic!("not landed") };
    assert_eq!((entry.source.as_str(), entry.key.as_str(), entry.status.as_str()), ("api", "k1", "landed"));
    assert_eq!((entry.records, entry.rows_new, entry.size), (1, 1, body.len() as i64));
    assert_eq!(upload(&database, "k1", &body), Uploaded::AlreadyStored(entry.clone()));
    // Other bytes are a conflict, good or bad.
    assert_eq!(upload(&database, "k1", "[]"), Uploaded::Conflict(entry.clone()));
    assert_eq!(upload(&database, "k1", "nonsense"), Uploaded::Conflict(entry));
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 1);
    database.check();
}

#[test]
fn a_refused_upload_leaves_nothing() {
    let database = Database::new();
    let Uploaded::Rejected(rejection) = upload(&database, "k1", "[1]") else { panic!("not refused") };
    assert_eq!(rejection.to_string(), "record 0: a record must be an object, not a number (at byte 1)");
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 0);
    // The key is as free as before.
    assert!(matches!(upload(&database, "k1", &json(&[RECORD])), Uploaded::Stored(_)));
}

#[test]
fn of_racing_uploads_one_lands() {
    let database = Database::new();
    let bodies = [json(&[RECORD]), json(&[])];
    let outcomes: Vec<Uploaded> = thread::scope(|scope| {
        let racing: Vec<_> = (0..8)
            .map(|number| {
                let (database, body) = (&database, &bodies[number % 2]);
                scope.spawn(move || upload(database, "k1", body))
            })
            .collect();
        racing.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let count = |wanted: fn(&Uploaded) -> bool| outcomes.iter().filter(|outcome| wanted(outcome)).count();
    assert_eq!(count(|outcome| matches!(outcome, Uploaded::Stored(_))), 1, "{outcomes:?}");
    assert_eq!(count(|outcome| matches!(outcome, Uploaded::AlreadyStored(_))), 3, "{outcomes:?}");
    assert_eq!(count(|outcome| matches!(outcome, Uploaded::Conflict(_))), 4, "{outcomes:?}");
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 1);
    database.check();
}
