//! Which months are extracted, and when a file is written again.

use chrono::{Datelike, Months, NaiveDate, Utc};
use serde_json::{Value, json};

use super::{Bank, Model, files_of, statuses};
use crate::support::{Database, Folder, Landfall};

/// The first day of the month so many months ago.
fn ago(months: u32) -> NaiveDate {
    Utc::now().date_naive().with_day(1).unwrap() - Months::new(months)
}

fn name(month: NaiveDate) -> String {
    month.format("%Y-%m").to_string()
}

fn months(report: &Value) -> Vec<&str> {
    report["months"].as_array().unwrap().iter().map(|month| month["month"].as_str().unwrap()).collect()
}

#[test]
fn missed_months_are_made_up_for() {
    let (ledger, out) = (Database::new(), Folder::new());
    let model = Model::with_banks(2, ago(8), 9);
    let bank = Bank::new(&model);
    // First of all, the last complete one.
    let report = bank.report(&ledger, &out.path().join("other"), &[]);
    assert_eq!(months(&report), [name(ago(1))]);

    let report = bank.report(&ledger, out.path(), &["--month", &name(ago(5))]);
    assert_eq!((months(&report), statuses(&report)["written"]), (vec![name(ago(5)).as_str()], 2));
    bank.report(&ledger, out.path(), &["--month", &name(ago(3))]);
    let plan = bank.report(&ledger, out.path(), &["--dry-run"]);
    assert_eq!(months(&plan), [name(ago(4)), name(ago(2)), name(ago(1))]);
    assert_eq!(files_of(out.path()).len(), 2 * 2 + 2);
    // A bank that is added meanwhile has files of the months that were missed, and from then on.
    bank.execute("INSERT INTO \"Bank\" VALUES (3, 'Bank 3', 1)");
    let report = bank.report(&ledger, out.path(), &[]);
    assert_eq!((months(&report), statuses(&report)["written"]), (months(&plan), 9));
    // So has one that is added later.
    bank.execute("INSERT INTO \"Bank\" VALUES (4, 'Bank 4', 1)");
    let report = bank.report(&ledger, out.path(), &[]);
    assert_eq!(months(&report), [name(ago(1))]);
    assert_eq!(statuses(&report), [("unchanged", 3), ("written", 1)].into());
    let report = bank.report(&ledger, out.path(), &[]);
    assert_eq!(statuses(&report), [("unchanged", 4)].into());

    let mut expected = model.files(&name(ago(2)));
    let files = files_of(out.path());
    expected.retain(|name, text| files.get(name) == Some(text));
    assert_eq!(expected.len(), 2);
}

#[test]
fn a_month_has_to_be_over() {
    let this = name(ago(0));
    for (month, message) in [
        (
            this.as_str(),
            format!("error: --month: {this} is not over (UTC): the last complete month is {}", name(ago(1))),
        ),
        ("2024-13", "write YYYY-MM, such as 2026-10".to_owned()),
    ] {
        let args = ["extract", "loans", "x", "--from", "postgres://h/d", "--month", month];
        let run = Landfall::bare(&args).run().expect(2);
        assert!(run.stderr.contains(&message), "{}", run.stderr);
    }
}

#[test]
fn a_correction_of_the_past_takes_a_rebuild() {
    let (ledger, out) = (Database::new(), Folder::new());
    let model = Model::with_banks(2, "2024-01-01".parse().unwrap(), 2);
    let bank = Bank::new(&model);
    let step = |options: &[&str]| {
        bank.run(&ledger, out.path(), &[&["--month", "2024-02"], options].concat()).expect(0)
    };
    step(&[]);
    let original = files_of(out.path());
    assert_eq!(original, model.files("2024-02"));
    let at = |name: &str| std::fs::metadata(out.path().join(name)).unwrap().modified().unwrap();
    let times = || original.keys().map(|name| at(name)).collect::<Vec<_>>();
    let written = times();

    let report = step(&[]).json();
    assert_eq!(statuses(&report), [("unchanged", 2)].into());
    bank.execute("UPDATE \"Loans\" SET \"Amount\" = 999 WHERE \"Account_idAccount\" IN (11, 12)");
    for options in [&[][..], &["--dry-run"]] {
        assert_eq!(statuses(&step(options).json()), [("outdated", 1), ("unchanged", 1)].into());
    }
    let plan = step(&["--dry-run", "--rebuild"]).json();
    assert_eq!((files_of(out.path()), times()), (original.clone(), written.clone()));

    let report = step(&["--rebuild"]).json();
    assert_eq!(report, plan);
    assert_eq!(statuses(&report), [("rebuilt", 1), ("unchanged", 1)].into());
    assert_eq!(report["months"][0]["files"][0]["revision"], 2);
    let rebuilt = files_of(out.path());
    let (first, second) = (original.keys().next().unwrap(), original.keys().last().unwrap());
    assert!(
        rebuilt[first].ends_with(",2,1998,999.0000\n") && rebuilt[second] == original[second],
        "{rebuilt:?}"
    );
    assert_eq!(at(second), written[1]);
    assert_eq!(statuses(&step(&["--rebuild"]).json()), [("unchanged", 2)].into());
    // The ledger has both revisions.
    assert_eq!(
        ledger.table(
            "SELECT part, revision, records, octet_length(sha256), key FROM extract_files ORDER BY part, revision"
        ),
        "1 | 1 | 1 | 32 | BankName=Bank_1-1/year=2024/month=02/Bank_1-1_20240229.csv\n\
         1 | 2 | 1 | 32 | BankName=Bank_1-1/year=2024/month=02/Bank_1-1_20240229.csv\n\
         2 | 1 | 1 | 32 | BankName=Bank_2-2/year=2024/month=02/Bank_2-2_20240229.csv\n"
    );
    // Lost or changed by others: a rebuild writes it again.
    std::fs::remove_file(out.path().join(first)).unwrap();
    std::fs::write(out.path().join(second), "x").unwrap();
    // Only a rebuild looks.
    assert_eq!(statuses(&step(&[]).json()), [("unchanged", 2)].into());
    let plan = step(&["--dry-run", "--rebuild"]).json();
    assert_eq!(files_of(out.path()), [(second.clone(), "x".to_owned())].into());
    let report = step(&["--rebuild"]).json();
    assert_eq!(report, plan);
    assert_eq!(statuses(&report), [("restored", 2)].into());
    assert_eq!(files_of(out.path()), rebuilt);
    assert_eq!(ledger.number("SELECT count(*) FROM extract_files"), 3);
}

/// Whatever is at the destination, whoever wrote it.
#[test]
fn a_dry_run_says_what_the_run_would_do() {
    let (ledger, out) = (Database::new(), Folder::new());
    let model = Model::with_banks(3, "2024-01-01".parse().unwrap(), 1);
    let bank = Bank::new(&model);
    let run = |options: &[&str]| bank.run(&ledger, out.path(), &[&["--month", "2024-01"], options].concat());
    let files = model.files("2024-01");
    let mut names = files.keys();
    let (first, second) = (names.next().unwrap(), names.next().unwrap());
    std::fs::create_dir_all(out.path().join(first).parent().unwrap()).unwrap();
    std::fs::create_dir_all(out.path().join(second).parent().unwrap()).unwrap();
    std::fs::write(out.path().join(first), &files[first]).unwrap();
    std::fs::write(out.path().join(second), "x").unwrap();

    let plan = run(&["--dry-run"]).error();
    assert!(plan.contains("is there already, with other content"), "{plan}");
    assert_eq!(files_of(out.path()).len(), 2);
    assert_eq!(run(&[]).error(), plan);
    std::fs::remove_file(out.path().join(second)).unwrap();
    let plan = run(&["--dry-run"]).expect(0).json();
    assert_eq!(statuses(&plan), [("found", 1), ("written", 2)].into());
    assert_eq!(files_of(out.path()).len(), 1);
    std::fs::write(out.path().join(second), "x").unwrap();
    let plan = run(&["--dry-run", "--rebuild"]).expect(0).json();
    assert_eq!(run(&["--rebuild"]).expect(0).json(), plan);
    assert_eq!(statuses(&plan), [("found", 1), ("rebuilt", 1), ("written", 1)].into());
    assert_eq!(files_of(out.path()), files);

    // A destination that cannot be one.
    let file = out.write("file", "");
    let error = bank.run(&ledger, &file.join("x"), &["--month", "2024-01", "--dry-run"]).error();
    assert!(error.starts_with(&format!("cannot write {}/x: not a directory", file.display())), "{error}");
}

#[test]
fn a_bank_that_is_renamed_keeps_the_names_of_its_files() {
    let (ledger, out) = (Database::new(), Folder::new());
    let model = Model::with_banks(2, "2024-01-01".parse().unwrap(), 2);
    let bank = Bank::new(&model);
    let step = |month: &str, options: &[&str]| {
        bank.report(&ledger, out.path(), &[&["--month", month], options].concat())
    };
    step("2024-01", &[]);
    let names: Vec<String> = files_of(out.path()).into_keys().collect();
    bank.execute("UPDATE \"Bank\" SET \"Name\" = 'Renamed' WHERE \"idBank\" = 2");
    assert_eq!(statuses(&step("2024-01", &[])), [("outdated", 1), ("unchanged", 1)].into());
    assert_eq!(statuses(&step("2024-01", &["--rebuild"])), [("rebuilt", 1), ("unchanged", 1)].into());
    let files = files_of(out.path());
    assert_eq!(files.keys().cloned().collect::<Vec<_>>(), names);
    assert!(files[&names[1]].contains("2024-01,2,Renamed,2,"), "{files:?}");
    // Only later files have the new name.
    step("2024-02", &[]);
    let new: Vec<String> = files_of(out.path()).into_keys().filter(|name| !names.contains(name)).collect();
    assert_eq!(
        new,
        [
            "BankName=Bank_1-1/year=2024/month=02/Bank_1-1_20240229.csv",
            "BankName=Renamed-2/year=2024/month=02/Renamed-2_20240229.csv"
        ]
    );
}

#[test]
fn the_report_says_what_happened() {
    let (ledger, out) = (Database::new(), Folder::new());
    let bank = Bank::new(&Model::with_banks(1, "2024-01-01".parse().unwrap(), 1));
    bank.execute("INSERT INTO \"Loans\" VALUES (7, 1, NULL, '2024-01-05')");
    let run = |options: &[&str]| {
        let args = [&["extract", "loans", "--month", "2024-01"], options].concat();
        let landfall = Landfall::on(&ledger, &args).env("LANDFALL_LOANS_FROM", bank.database.url.secret());
        landfall.arg(out.path()).run().expect(0)
    };
    let path = out.path().join("BankName=Bank_1-1/year=2024/month=01/Bank_1-1_20240131.csv");
    let line = |status: &str, rest: &str| {
        format!("{status:>9}       1 rows        88 bytes  {}\n{rest}\n", path.display())
    };
    assert_eq!(run(&["--dry-run"]).stdout, line("new", "1 new, 0 unchanged"));
    let written = run(&[]);
    assert_eq!(written.stdout, line("written", "1 written, 0 unchanged"));
    let messages = written.messages();
    assert!(messages.iter().any(|message| message.starts_with("loans are in no file: ")), "{messages:?}");
    let json = run(&["--json"]).json();
    let sha256 = ledger.table("SELECT encode(sha256, 'hex') FROM extract_files");
    assert_eq!(
        json,
        json!({ "destination": out.path(), "months": [{ "month": "2024-01", "left_out": 1, "files": [{
            "status": "unchanged", "part": "1", "revision": 1, "url": path, "sha256": sha256.trim(),
            "records": 1, "bytes": 88,
        }] }] })
    );
}
