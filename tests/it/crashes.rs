//! A process killed at any moment leaves whole dumps or none, and the next run completes them.

// Looks for processes in /proc.
#[cfg(target_os = "linux")]
mod postgres;

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use landfall::feed::spot::simulate::Simulation;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::support::{Database, Folder, Landfall, TestS3, exit_of, import, run_of, wait_until, within};

fn simulated(pools: usize, days: u32) -> Folder {
    Folder::simulated(&Simulation {
        accounts: 2,
        regions: vec!["eu-west-3".to_owned(), "us-east-1".to_owned()],
        pools,
        first_day: NaiveDate::from_ymd_opt(2020, 5, 1).unwrap(),
        days,
        changes_per_day: 2.0,
        seed: 7,
    })
}

/// Invariants at any moment: the rows of every landed dump are there, all of them. (Dumps land in the
/// order of their days here, so none takes a row over from another.)
fn check_whole_dumps(database: &Database) {
    // A killed client's transaction goes on until the server notices: wait for it.
    database.execute("BEGIN; SELECT pg_advisory_xact_lock(1818324580, hashtext('spot')); COMMIT");
    database.check();
    let torn = database.number(
        "SELECT count(*) FROM ledger AS l
         WHERE status = 'landed'
           AND rows_new <> (SELECT count(*) FROM spot_observations AS o WHERE o.dump_id = l.id)",
    );
    assert_eq!(torn, 0, "dumps with some of their rows");
}

/// Whether all tables that checks look at are there.
fn is_migrated(database: &Database) -> bool {
    database.number("SELECT (to_regclass('lake_files') IS NOT NULL)::int") == 1
}

#[test]
fn a_kill_at_any_moment_loses_and_doubles_nothing() {
    const KILLS: usize = 150;
    /// Kills before all is landed in the end, and another database is taken.
    const ROUND: usize = 15;

    let folder = simulated(60, 6);
    let import_all = |database: &Database| {
        let began = Instant::now();
        Landfall::on(database, &["import", "--quiet"]).arg(folder.path()).run().expect(0);
        began.elapsed()
    };
    let undisturbed = Database::new();
    import_all(&undisturbed);
    let expected = undisturbed.rows();
    let mut dice = ChaCha8Rng::seed_from_u64(20_200_501);
    let mut kills = 0;
    while kills < KILLS {
        // As long as a whole run takes, migrations included, so a kill may come anywhere in it; measured each time,
        // since the machine may have other work by turns.
        let duration = import_all(&Database::blank());
        // Every other one has its tables yet to be made.
        let database = if (kills / ROUND).is_multiple_of(2) { Database::new() } else { Database::blank() };
        // Batches leave some dumps for the next run; a month that lands whole leaves all or none.
        let bulk = if (kills / ROUND / 2).is_multiple_of(2) { "always" } else { "never" };
        let enough = kills + ROUND;
        while kills < enough {
            let args = ["import", "--quiet", "--jobs", "2", "--bulk", bulk];
            let mut child = Landfall::on(&database, &args).arg(folder.path()).spawn();
            thread::sleep(duration.mul_f64(f64::from(dice.next_u32()) / f64::from(u32::MAX)));
            let finished = child.try_wait().unwrap().is_some();
            child.kill().unwrap();
            exit_of(&mut child);
            if is_migrated(&database) {
                check_whole_dumps(&database);
            }
            if finished {
                // Nothing remains to do in this one.
                break;
            }
            kills += 1;
        }
        import_all(&database);
        check_whole_dumps(&database);
        assert_eq!(database.rows(), expected);
    }
}

#[test]
fn sigterm_ends_a_run_cleanly_and_the_next_one_goes_on() {
    let (database, s3) = (Database::new(), TestS3::with_a_late_dump());
    let import = || Landfall::on(&database, &["import", "--json", "--jobs", "1", "s3://prices"]).with(&s3);
    let mut child = import().spawn();
    within(Duration::from_secs(60), child.id(), || {
        while database.number("SELECT count(*) FROM ledger") < 3 {
            assert!(child.try_wait().unwrap().is_none(), "it has ended");
            thread::sleep(Duration::from_millis(5));
        }
    });
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
    let report = run_of(child).expect(0).json();
    assert_eq!(report["stopped"], true);
    assert_eq!((&report["landed"], &report["remaining"]), (&3.into(), &3.into()));
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 3);
    check_whole_dumps(&database);
    assert_eq!(import().run().expect(0).json()["landed"], 3);
}

#[test]
fn sigterm_leaves_a_month_that_lands_as_a_whole_to_the_next_run() {
    let (database, s3) = (Database::new(), TestS3::with_a_late_dump());
    let import = || {
        let args = ["import", "--json", "--jobs", "1", "--bulk", "always", "s3://prices"];
        Landfall::on(&database, &args).with(&s3)
    };
    let mut child = import().spawn();
    within(Duration::from_secs(60), child.id(), || {
        // It is storing pools by now, and waits for the late dump.
        while database.number("SELECT count(*) FROM spot_pools") == 0 {
            assert!(child.try_wait().unwrap().is_none(), "it has ended");
            thread::sleep(Duration::from_millis(5));
        }
    });
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
    let report = run_of(child).expect(0).json();
    assert_eq!((&report["stopped"], &report["landed"]), (&true.into(), &0.into()));
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 0);
    check_whole_dumps(&database);
    assert_eq!(import().run().expect(0).json()["landed"], 6);
    check_whole_dumps(&database);
}

#[test]
fn sigterm_ends_the_wait_for_a_lock() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    let import = || Landfall::on(&database, &["import", "--json"]).arg(folder.path());
    // Somebody who has the feed's lock, and keeps it.
    let mut holder = database.connect();
    holder.batch_execute("BEGIN").unwrap();
    landfall::db::lock_feed(&mut holder, "spot").unwrap();
    let child = import().spawn();
    wait_until("the import waits for the lock", || {
        database.number(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'",
        ) == 1
    });
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
    let report = run_of(child).expect(0).json();
    assert_eq!(report["stopped"], true);
    assert_eq!((&report["landed"], &report["remaining"]), (&0.into(), &1.into()));
    assert_eq!(database.number("SELECT count(*) FROM ledger"), 0);
    drop(holder);
    assert_eq!(import().run().expect(0).json()["landed"], 1);
}

#[test]
fn a_connection_the_server_cuts_costs_a_retry() {
    let folder = simulated(120, 12);
    let database = Database::new();
    let child = Landfall::on(&database, &["import", "--json"]).arg(folder.path()).spawn();
    let mut cuts = 0;
    let until = Instant::now() + Duration::from_secs(5);
    while cuts < 3 && Instant::now() < until {
        cuts += database.number(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE application_name = 'landfall' AND datname = current_database() AND pid <> pg_backend_pid()
               AND state = 'active' AND (query LIKE 'COPY%' OR query LIKE 'INSERT%')",
        );
    }
    let run = run_of(child).expect(0);
    assert_eq!(run.json()["landed"], 48);
    check_whole_dumps(&database);
    assert!(cuts > 0, "no connection was cut");
}

#[test]
fn a_dump_written_while_it_is_read_is_not_taken_for_whole() {
    let (database, folder) = (Database::new(), Folder::new());
    let path = folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..20]).unwrap();
    assert_eq!(import(&database, &[folder.path()]).rejected.len(), 1);
    fs::write(&path, &whole).unwrap();
    assert_eq!(import(&database, &[folder.path()]).landed, 1);
}
