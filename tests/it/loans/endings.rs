//! Runs that are killed, and runs at once.

use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use super::{Bank, Model, files_of, statuses};
use crate::support::{Database, Folder, run_of};

const BANKS: i64 = 60;

fn world() -> (Model, Bank) {
    let model = Model::with_banks(BANKS, "2024-01-01".parse().unwrap(), 3);
    let bank = Bank::new(&model);
    (model, bank)
}

fn start(bank: &Bank, ledger: &Database, out: &Folder) -> Child {
    bank.extract(ledger, &["--month", "2024-03"]).arg(out.path()).spawn()
}

#[test]
fn a_run_that_is_killed_is_made_up_for() {
    let ((model, bank), ledger, out) = (world(), Database::new(), Folder::new());
    let expected = model.files("2024-03");
    let recorded = || ledger.number("SELECT count(*) FROM extract_files");
    let mut counts = Vec::new();
    for attempt in 0..25 {
        let mut run = start(&bank, &ledger, &out);
        sleep(Duration::from_millis(30 + 12 * attempt));
        run.kill().unwrap();
        run.wait().unwrap();
        // Under its name a file is whole, always, and recorded ones are there.
        let files = files_of(out.path());
        for (name, text) in &files {
            assert!(expected.get(name) == Some(text), "{name}");
        }
        counts.push(files.len());
        match recorded() {
            0 => {}
            BANKS => assert_eq!(files, expected),
            other => panic!("{other} files are recorded"),
        }
        if recorded() > 0 {
            break;
        }
    }
    println!("killed with {counts:?} of {} files written", expected.len());
    let report = run_of(start(&bank, &ledger, &out)).expect(0).json();
    assert_eq!(statuses(&report).values().sum::<usize>(), expected.len());
    assert_eq!(files_of(out.path()), expected);
    assert_eq!(recorded(), BANKS);
}

/// The last moment: all files are there, and none is recorded.
#[test]
fn files_that_could_not_be_recorded_are_found() {
    let ((model, bank), ledger, out) = (world(), Database::new(), Folder::new());
    ledger.execute("ALTER TABLE extract_files ADD CONSTRAINT none CHECK (false)");
    let error = run_of(start(&bank, &ledger, &out)).error();
    assert!(error.starts_with("cannot query the database: ") && error.contains("none"), "{error}");
    assert_eq!(files_of(out.path()), model.files("2024-03"));
    ledger.execute("ALTER TABLE extract_files DROP CONSTRAINT none");
    let report = run_of(start(&bank, &ledger, &out)).expect(0).json();
    assert_eq!(statuses(&report), [("found", BANKS as usize)].into());
    assert_eq!(files_of(out.path()), model.files("2024-03"));
}

#[test]
fn of_runs_at_once_one_writes_and_the_others_find_nothing_to_do() {
    let ((model, bank), ledger, out) = (world(), Database::new(), Folder::new());
    let runs: Vec<Child> = (0..4).map(|_| start(&bank, &ledger, &out)).collect();
    let reports: Vec<_> = runs.into_iter().map(|run| run_of(run).expect(0).json()).collect();
    let written: usize = reports.iter().filter_map(|report| statuses(report).get("written").copied()).sum();
    assert_eq!(written, BANKS as usize);
    assert_eq!(files_of(out.path()), model.files("2024-03"));
    assert_eq!(ledger.number("SELECT count(*) FROM extract_files"), BANKS);
}

#[test]
fn machines_with_ledgers_of_their_own_write_the_same_files() {
    let ((model, bank), out) = (world(), Folder::new());
    let ledgers = [Database::new(), Database::new(), Database::new()];
    let runs: Vec<Child> = ledgers.iter().map(|ledger| start(&bank, ledger, &out)).collect();
    let reports: Vec<_> = runs.into_iter().map(|run| run_of(run).expect(0).json()).collect();
    let written: usize = reports.iter().filter_map(|report| statuses(report).get("written").copied()).sum();
    assert_eq!(written, BANKS as usize);
    assert_eq!(files_of(out.path()), model.files("2024-03"));

    // The past is corrected: what is there is not overwritten by one that does not know it.
    bank.execute("UPDATE \"Loans\" SET \"Amount\" = 5 WHERE \"Account_idAccount\" = 71");
    let fourth = Database::new();
    let error = run_of(start(&bank, &fourth, &out)).error();
    let url = out.path().join("BankName=Bank_7-7/year=2024/month=03/Bank_7-7_20240331.csv");
    assert_eq!(
        error,
        format!(
            "{} is there already, with other content than it would have now, and not recorded in this database: keep a copy if you need one, then replace it with --rebuild and --month",
            url.display()
        )
    );
    assert_eq!(fourth.number("SELECT count(*) FROM extract_files"), 0);
    assert_eq!(files_of(out.path()), model.files("2024-03"));
    let report = bank.report(&fourth, out.path(), &["--month", "2024-03", "--rebuild"]);
    assert_eq!(statuses(&report), [("found", BANKS as usize - 1), ("rebuilt", 1)].into());
    assert_ne!(files_of(out.path()), model.files("2024-03"));
}
