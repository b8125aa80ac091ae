//! The feed that `docs/adding-a-feed.md` adds, at work: its files are the code blocks of the document.

mod document;
#[expect(unreachable_pub, reason = "they are public in the library, to which the document adds them")]
mod readings;

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::Connection;
use landfall::ingest::{self, Bulk, Effort, PlanMode, Progress, Report, Selection, Stop, Withdrawal};
use landfall::ledger::{Period, Scope, ScopeCoverage};
use landfall::source::Directory;

use crate::support::{Database, Folder};
use readings::Readings;

/// The library's module as it would be with the feed's table.
pub(crate) mod db {
    pub(crate) use landfall::db::*;

    pub(crate) mod schema {
        include!("adding_a_feed/schema.rs");
    }
}

static READINGS: Readings = Readings { lowest: -60_000 };
/// With a decoder that accepts what the other one wrongly rejects.
static REPAIRED: Readings = Readings { lowest: -90_000 };

const OSLO: &str = "station,at,celsius
oslo,2026-01-01T00:00:00Z,-3.25
oslo,2026-01-01T01:00:00Z,-4
";
/// The second record of the second hour is too cold for [`READINGS`].
const VOSTOK: &str = "station,at,celsius
vostok,2026-01-01T00:00:00Z,-31.5
vostok,2026-01-01T00:00:00Z,-31.50
vostok,2026-01-01T01:00:00Z,-61.125
";

fn database() -> Database {
    let database = Database::new();
    database.execute(include_str!("adding_a_feed/up.sql"));
    database
}

/// Six hours after the end of March.
fn now() -> DateTime<Utc> {
    "2026-04-01T06:00:00Z".parse().unwrap()
}

fn import(database: &Database, folder: &Folder, feed: &'static Readings, mode: PlanMode) -> Report {
    let directory = Arc::new(Directory::open(folder.path()).unwrap());
    let selection = Selection::default();
    let plan = ingest::plan(&mut database.connect(), &[directory], &[feed], &selection, mode, now()).unwrap();
    let progress = Progress::new(plan.tasks.len());
    let (report, ended) = ingest::run(
        plan,
        &[feed],
        &database.url,
        Effort { jobs: 2, bulk: Bulk::Auto },
        &Stop::default(),
        &progress,
    );
    ended.unwrap();
    report
}

/// The sums and references that hold whatever happened.
fn check(database: &Database) {
    let rows = database.number("SELECT count(*) FROM readings");
    let of_ledger = "SELECT coalesce(sum(rows_new - rows_removed), 0) FROM ledger WHERE feed = 'readings'";
    assert_eq!(database.number(of_ledger), rows, "the ledger's sums");
    let orphans = "SELECT count(*) FROM readings
                   WHERE dump_id NOT IN (SELECT id FROM ledger WHERE feed = 'readings' AND status = 'landed')";
    assert_eq!(database.number(orphans), 0, "rows without a landed dump");
    let lost = "SELECT count(*) FROM ledger AS l
                WHERE rows_rejected <> (SELECT count(*) FROM dead_letters WHERE dump_id = l.id)";
    assert_eq!(database.number(lost), 0, "rejected records that are not kept");
}

fn rows(database: &Database) -> String {
    database.table(
        "SELECT station, to_char(at, 'DD HH24:MI') AS at, temperature, name
         FROM readings JOIN ledger ON id = dump_id ORDER BY station, at",
    )
}

fn entries(database: &Database) -> String {
    database.table(
        "SELECT name, scope, day, status, records, rows_new, rows_repeated, rows_rejected, rows_removed
         FROM ledger ORDER BY name, id",
    )
}

#[test]
fn a_bad_record_is_kept_apart_until_the_decoder_accepts_it() {
    let (database, folder) = (database(), Folder::new());
    folder.write("readings_202601_oslo.csv", OSLO);
    folder.write("readings_202601_vostok.csv", VOSTOK);

    let report = import(&database, &folder, &READINGS, PlanMode::New);
    assert_eq!((report.landed, report.records, report.rejected.len()), (2, 5, 0));
    assert_eq!((report.rows_new, report.rows_repeated, report.rows_rejected), (3, 1, 1));
    insta::assert_snapshot!(rows(&database), @r"
    oslo | 01 00:00 | -3250 | readings_202601_oslo.csv
    oslo | 01 01:00 | -4000 | readings_202601_oslo.csv
    vostok | 01 00:00 | -31500 | readings_202601_vostok.csv
    ");
    insta::assert_snapshot!(entries(&database), @r"
    readings_202601_oslo.csv | oslo | 2026-01-01 | landed | 2 | 2 | 0 | 0 | 0
    readings_202601_vostok.csv | vostok | 2026-01-01 | landed | 3 | 1 | 1 | 1 | 0
    ");
    let dead_letters = || {
        database.table(
            "SELECT name, status, record, field, d.reason, byte_offset, convert_from(raw, 'UTF8') AS raw
             FROM dead_letters AS d JOIN ledger AS l ON l.id = dump_id ORDER BY d.id",
        )
    };
    insta::assert_snapshot!(
        dead_letters(),
        @"readings_202601_vostok.csv | landed | 2 | celsius | -61.125 is below -60 degrees | 88 | vostok,2026-01-01T01:00:00Z,-61.125"
    );
    check(&database);

    for mode in [PlanMode::New, PlanMode::Rejected] {
        // As long as the decoder is the same, there is nothing to gain.
        let again = import(&database, &folder, &READINGS, mode);
        assert_eq!((again.landed, again.unchanged, again.rows_new, again.rows_removed), (0, 2, 0, 0));
        check(&database);
    }

    let retried = import(&database, &folder, &REPAIRED, PlanMode::Rejected);
    assert_eq!((retried.landed, retried.replaced, retried.unchanged), (1, 1, 1));
    assert_eq!((retried.rows_new, retried.rows_removed, retried.rows_rejected), (2, 1, 0));
    insta::assert_snapshot!(rows(&database), @r"
    oslo | 01 00:00 | -3250 | readings_202601_oslo.csv
    oslo | 01 01:00 | -4000 | readings_202601_oslo.csv
    vostok | 01 00:00 | -31500 | readings_202601_vostok.csv
    vostok | 01 01:00 | -61125 | readings_202601_vostok.csv
    ");
    insta::assert_snapshot!(entries(&database), @r"
    readings_202601_oslo.csv | oslo | 2026-01-01 | landed | 2 | 2 | 0 | 0 | 0
    readings_202601_vostok.csv | vostok | 2026-01-01 | superseded | 3 | 1 | 1 | 1 | 0
    readings_202601_vostok.csv | vostok | 2026-01-01 | landed | 3 | 2 | 1 | 0 | 1
    ");
    insta::assert_snapshot!(
        dead_letters(),
        @"readings_202601_vostok.csv | superseded | 2 | celsius | -61.125 is below -60 degrees | 88 | vostok,2026-01-01T01:00:00Z,-61.125"
    );
    check(&database);
    let nothing = import(&database, &folder, &REPAIRED, PlanMode::Rejected);
    assert_eq!((nothing.landed, nothing.unchanged), (0, 2));
}

#[test]
fn a_dump_that_is_no_dump_is_rejected_whole_until_it_is_delivered_again() {
    let (database, folder) = (database(), Folder::new());
    folder.write("readings_202601_oslo.csv", "<html>\n");
    folder.write("readings_202613_oslo.csv", OSLO);
    let report = import(&database, &folder, &READINGS, PlanMode::New);
    let reasons: Vec<&str> = report.rejected.iter().map(|rejected| rejected.error.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "the first line is not `station,at,celsius`",
            "`202613` is not a month: a dump is named readings_YYYYMM_STATION.csv"
        ]
    );
    folder.write("readings_202601_oslo.csv", OSLO);
    let report = import(&database, &folder, &READINGS, PlanMode::New);
    assert_eq!((report.landed, report.still_rejected, report.rows_new), (1, 1, 2));
    check(&database);
}

#[test]
fn the_newest_revision_counts_in_any_order() {
    let (database, folder, other) = (database(), Folder::new(), Folder::new());
    let corrected = OSLO.replace("-4", "-5");
    folder.write_at("readings_202601_oslo.csv", &corrected, 2_000);
    other.write_at("readings_202601_oslo.csv", OSLO, 1_000);
    assert_eq!(import(&database, &folder, &READINGS, PlanMode::New).rows_new, 2);
    let outdated = import(&database, &other, &READINGS, PlanMode::New);
    assert_eq!((outdated.landed, outdated.superseded, outdated.rows_outdated), (0, 1, 2));
    assert_eq!(database.number("SELECT min(temperature) FROM readings"), -5_000);
    check(&database);
    other.write_at("readings_202601_oslo.csv", OSLO.replace("-4", "-6"), 3_000);
    let newer = import(&database, &other, &READINGS, PlanMode::New);
    assert_eq!((newer.replaced, newer.rows_new, newer.rows_removed), (1, 2, 2));
    assert_eq!(database.number("SELECT min(temperature) FROM readings"), -6_000);
    check(&database);
}

#[test]
fn withdrawing_removes_the_rows_of_one_dump() {
    let (database, folder) = (database(), Folder::new());
    folder.write("readings_202601_oslo.csv", OSLO);
    folder.write("readings_202601_vostok.csv", VOSTOK);
    import(&database, &folder, &READINGS, PlanMode::New);
    let id = database.number("SELECT id FROM ledger WHERE scope = 'oslo'") as i32;
    let withdrawn = ingest::withdraw(&mut database.connect(), &READINGS, id).unwrap();
    let Withdrawal::Withdrawn(entry, removed) = withdrawn else { panic!("{withdrawn:?}") };
    assert_eq!((entry.rows_removed, removed.removed, removed.restored), (2, 2, 0));
    assert_eq!(database.number("SELECT count(*) FROM readings WHERE station <> 'vostok'"), 0);
    assert_eq!(import(&database, &folder, &READINGS, PlanMode::New).unchanged, 2);
    check(&database);
}

#[test]
fn coverage_tells_missing_months_and_the_lag() {
    let (database, folder) = (database(), Folder::new());
    for month in ["01", "03"] {
        folder.write(&format!("readings_2026{month}_oslo.csv"), OSLO.replace("-01-", &format!("-{month}-")));
    }
    folder.write("readings_202602_vostok.csv", "station,at,celsius\n");
    folder.write("readings_202606_vostok.csv", "station,at,celsius\n");
    let report = import(&database, &folder, &READINGS, PlanMode::New);
    assert_eq!((report.landed, report.empty, report.too_early.len()), (3, 1, 1));

    let periods = ingest::periods(&[&READINGS]);
    let latest = landfall::ledger::latest_day(now());
    let coverage = landfall::ledger::coverage(&mut database.connect(), &periods, latest).unwrap();
    let day = |text: &str| text.parse().unwrap();
    let of_oslo = ScopeCoverage {
        feed: "readings",
        scope: Scope::new(&["oslo"]),
        period: Period::Month,
        first: day("2026-01-01"),
        last: day("2026-03-01"),
        dumps: 2,
        empty: Vec::new(),
        gaps: vec![(day("2026-02-01"), day("2026-02-28"))],
        missing: 1,
        disagreeing: 0,
    };
    let [oslo, vostok] = &coverage[..] else { panic!("{coverage:?}") };
    assert_eq!(*oslo, of_oslo);
    assert_eq!(oslo.lag(now()), TimeDelta::hours(6));
    assert_eq!((vostok.dumps, &vostok.empty, vostok.missing), (1, &vec![day("2026-02-01")], 0));
    assert_eq!(vostok.lag(now()), TimeDelta::days(31) + TimeDelta::hours(6));
}

#[test]
fn imports_of_different_stations_do_not_wait_for_each_other() {
    let (database, oslo, vostok) = (database(), Folder::new(), Folder::new());
    oslo.write("readings_202601_oslo.csv", OSLO);
    vostok.write("readings_202601_vostok.csv", VOSTOK);
    let waiting = "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database
                   WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()";
    let landed = |folder| import(&database, folder, &READINGS, PlanMode::New).landed;
    thread::scope(|scope| {
        // In here, so that it ends before the scope waits for the others, should the test fail.
        let mut writer = database.connect();
        writer.begin_test_transaction().unwrap();
        landfall::db::lock_scopes(&mut writer, "readings", ["oslo"]).unwrap();
        let same = scope.spawn(|| landed(&oslo));
        while database.number(waiting) == 0 && !same.is_finished() {
            thread::sleep(Duration::from_millis(10));
        }
        let (send, other) = channel();
        let (landed, vostok) = (&landed, &vostok);
        scope.spawn(move || send.send(landed(vostok)));
        assert_eq!(other.recv_timeout(Duration::from_secs(60)), Ok(1));
        assert_eq!(database.number(waiting), 1, "a writer of the same station waits");
        drop(writer);
        assert_eq!(same.join().unwrap(), 1);
    });
    check(&database);
}

#[test]
fn the_migration_goes_down() {
    let database = database();
    database.execute(include_str!("adding_a_feed/down.sql"));
    assert_eq!(database.number("SELECT count(*) FROM pg_class WHERE relname = 'readings'"), 0);
}
