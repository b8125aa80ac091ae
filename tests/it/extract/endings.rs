//! Runs that end early, and runs at once.

use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use crate::support::{Database, Folder, Landfall, run_of};

use super::{days, extract, files_of, simulated};

const DAYS: u32 = 8;

fn start(database: &Database, out: &Folder) -> Child {
    Landfall::on(database, &["--quiet", "extract", "events", "--json"]).arg(out.path()).spawn()
}

#[test]
fn a_run_that_is_killed_is_made_up_for() {
    let database = simulated(8_000, DAYS);
    let (expected, out) = (Folder::new(), Folder::new());
    extract(&database, expected.path(), &[]);
    let expected = files_of(expected.path());
    let recorded = format!("SELECT count(*) FROM extracts WHERE destination = '{}'", out.path().display());
    let mut partial = 0;
    for attempt in 0..12 {
        let mut run = start(&database, &out);
        sleep(Duration::from_millis(40 + 60 * attempt));
        run.kill().unwrap();
        run.wait().unwrap();
        let files = files_of(out.path());
        let is_temporary = |name: &str| name.ends_with(".tmp");
        // Under its name a file is whole, always.
        for (name, bytes) in files.iter().filter(|(name, _)| !is_temporary(name)) {
            assert!(expected.get(name) == Some(bytes), "{name}");
        }
        let written = files.keys().filter(|name| !is_temporary(name)).count();
        if database.number(&recorded) == 0 {
            partial = partial.max(written);
        } else {
            assert_eq!(written, expected.len());
        }
    }
    println!("killed with up to {partial} of {} files written and none recorded", expected.len());
    run_of(start(&database, &out)).expect(0);
    let mut files = files_of(out.path());
    files.retain(|name, _| !name.ends_with(".tmp"));
    assert!(files == expected);
    assert_eq!(database.number(&recorded), expected.len() as i64);
    assert_eq!(days(&extract(&database, out.path(), &[])), Vec::<&str>::new());
}

#[test]
fn what_cannot_be_recorded_is_written_again() {
    let database = simulated(2_000, 2);
    let out = Folder::new();
    database.execute("ALTER TABLE extracts ADD CONSTRAINT none CHECK (false)");
    let error = run_of(start(&database, &out)).error();
    assert!(error.starts_with("cannot query the database: ") && error.contains("none"), "{error}");
    let files = files_of(out.path());
    assert!(files.len() >= 2);
    database.execute("ALTER TABLE extracts DROP CONSTRAINT none");
    assert_eq!(days(&extract(&database, out.path(), &[])).len(), files.len());
    assert!(files_of(out.path()) == files);
}

#[test]
fn of_runs_at_once_one_writes_and_the_others_find_nothing_to_do() {
    let database = simulated(3_000, 3);
    let out = Folder::new();
    let runs: Vec<Child> = (0..4).map(|_| start(&database, &out)).collect();
    let reports: Vec<_> = runs.into_iter().map(|run| run_of(run).expect(0).json()).collect();
    let written: usize = reports.iter().map(|report| days(report).len()).sum();
    assert_eq!(written, files_of(out.path()).len());
    assert!(reports.iter().any(|report| days(report).len() == written), "{reports:?}");
}

/// What lands while a run reads is not in its files, and is extracted by the next.
#[test]
fn what_lands_meanwhile_is_not_lost() {
    let (database, out, later) = (simulated(3_000, 2), Folder::new(), Folder::new());
    // The run waits for a row of the ledger of files, at its end.
    let mut other = database.connect();
    diesel::connection::SimpleConnection::batch_execute(
        &mut other,
        "BEGIN; LOCK TABLE extracts IN SHARE ROW EXCLUSIVE MODE",
    )
    .unwrap();
    let run = start(&database, &out);
    crate::support::wait_until("a run that waits", || {
        database.number("SELECT count(*) FROM pg_locks WHERE relation = 'extracts'::regclass AND NOT granted")
            == 1
    });
    later.write("events_20190701_a.ndjson", super::event(1, "01 10:00", "a"));
    let day = database.table("SELECT min(received_at)::date AS day FROM events");
    later.write(
        "events_20190702_b.ndjson",
        super::event(2, "01 10:00", "b")
            .replace("\"2019-07-01 10:00:00\"", &format!("\"{} 10:00:00\"", day.trim())),
    );
    super::import(&database, &later);
    diesel::connection::SimpleConnection::batch_execute(&mut other, "COMMIT").unwrap();
    assert!(!days(&run_of(run).expect(0).json()).contains(&"2019-07-01"));
    assert_eq!(days(&extract(&database, out.path(), &[])), ["2019-07-01", day.trim()]);
}

#[test]
fn a_directory_that_cannot_be_written_is_told_before_anything_is_read() {
    let (database, folder) = (simulated(100, 1), Folder::new());
    let in_the_way = folder.write("file", "");
    let error = Landfall::on(&database, &["extract", "events"]).arg(&in_the_way).run().error();
    assert!(error.contains("cannot write") && error.contains("file"), "{error}");
    if nix::unistd::geteuid().is_root() {
        // Below a directory of root.
        let path = std::path::Path::new("/usr/landfall-test/out");
        let run = Landfall::on(&database, &["extract", "events"]).arg(path).of_user(&database).run();
        let error = run.error();
        assert!(error.contains("give the user who runs this the right to write there"), "{error}");
    }
}
