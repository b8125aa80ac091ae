//! Counts, sums and means.

use std::collections::BTreeMap;

use super::bank::{OWN, Spelling};
use super::{Bank, Model, files_of};
use crate::support::{Database, Folder};

const MONTHS: [&str; 5] = ["2023-11", "2023-12", "2024-01", "2024-02", "2024-03"];

#[test]
fn they_are_those_of_the_model_however_the_tables_are_called() {
    let map = Folder::new();
    let map = map.write("map.toml", OWN);
    for (spelling, kind, scale) in
        [(Spelling::Quoted, "int", 0), (Spelling::Folded, "bigint", 0), (Spelling::Own, "numeric(14, 2)", 2)]
    {
        let (ledger, out, model) = (Database::new(), Folder::new(), Model::generated(16, scale));
        let bank = Bank::with(&model, spelling, kind);
        let mut expected = BTreeMap::new();
        for month in MONTHS {
            let mut options = vec!["--month", month];
            if matches!(spelling, Spelling::Own) {
                options.extend(["--map", map.to_str().unwrap()]);
            }
            let report = bank.report(&ledger, out.path(), &options);
            assert_eq!(report["months"][0]["left_out"], model.left_out(month), "{spelling:?}");
            assert!(model.left_out(month) > 1);
            expected.extend(model.files(month));
        }
        assert_eq!(files_of(out.path()), expected, "{spelling:?}");
        // What the generated loans are meant to show.
        let all: String = expected.into_values().collect();
        for part in [",15,0,0,\n", if scale == 0 { ",32,1,0.0313\n" } else { ",32,0.01,0.0003\n" }] {
            assert!(all.contains(part), "{part}");
        }
    }
}

/// They may be of any month, so they are left out of each.
#[test]
fn loans_without_a_date_are_counted_as_left_out() {
    let (ledger, out) = (Database::new(), Folder::new());
    let model = Model::with_banks(1, "2024-01-01".parse().unwrap(), 2);
    let bank = Bank::new(&model);
    bank.execute(
        "INSERT INTO \"Loans\" VALUES (100, 5, 11, NULL), (101, NULL, 11, NULL), (102, NULL, 11, '2024-01-05'), (103, 5, NULL, '2024-01-05')",
    );
    for (month, left_out) in [("2024-01", 4), ("2024-02", 4), ("2024-05", 2)] {
        let report = bank.report(&ledger, out.path(), &["--month", month]);
        assert_eq!(report["months"][0]["left_out"], left_out, "{month}");
        assert!(model.files(month).iter().all(|(name, text)| files_of(out.path())[name] == *text), "{month}");
    }
}

/// With a line break, `--map` has what would be in a file.
#[test]
fn a_mapping_may_be_text() {
    let (ledger, out, model) = (Database::new(), Folder::new(), Model::generated(16, 2));
    let bank = Bank::with(&model, Spelling::Own, "numeric(14, 2)");
    let (option, variable) = (out.path().join("option"), out.path().join("variable"));
    bank.report(&ledger, &option, &["--month", "2024-01", "--map", OWN]);
    let run =
        bank.extract(&ledger, &["--month", "2024-01"]).env("LANDFALL_LOANS_MAP", OWN).arg(&variable).run();
    run.expect(0);
    assert_eq!(files_of(&option), model.files("2024-01"));
    assert_eq!(files_of(&variable), model.files("2024-01"));
    let error = bank.run(&ledger, &option, &["--month", "2024-01", "--map", "[bank]\nnaem = 'x'"]).error();
    assert!(
        error.starts_with("the mapping in LANDFALL_LOANS_MAP is wrong: line 2: ") && error.contains("naem"),
        "{error}"
    );
}

#[test]
fn means_are_rounded_once_and_half_away_from_zero() {
    let (ledger, out) = (Database::new(), Folder::new());
    let bank = Bank::with(&Model::default(), Spelling::Quoted, "numeric");
    bank.execute("INSERT INTO \"Bank\" VALUES (1, 'B', 0)");
    let cases: [(&[&str], &str, &str); 8] = [
        (&["0.00005"], "0.00005", "0.0001"),
        (&["-0.00005"], "-0.00005", "-0.0001"),
        (
            &["0.00004999999999999999999999999999999999999999"],
            "0.00004999999999999999999999999999999999999999",
            "0.0000",
        ),
        (&["0.0001", "0", "0"], "0.0001", "0.0000"),
        (&["2", "0", "0"], "2", "0.6667"),
        (&["-2", "0", "0"], "-2", "-0.6667"),
        (
            &["123456789012345678901234567890.5", "0"],
            "123456789012345678901234567890.5",
            "61728394506172839450617283945.2500",
        ),
        (&["1.10", "-1.1"], "0.00", "0.0000"),
    ];
    let mut expected = String::new();
    for (branch, (amounts, sum, mean)) in cases.into_iter().enumerate() {
        bank.execute(&format!(
            "INSERT INTO \"Branch\" VALUES ({branch}, 1); INSERT INTO \"Client\" VALUES ({branch}, 'a', 'b', {branch});
             INSERT INTO \"Account\" VALUES ({branch}, 0, {branch})"
        ));
        for amount in amounts {
            bank.execute(&format!(
                "INSERT INTO \"Loans\" SELECT count(*), {amount}, {branch}, '2024-01-31' FROM \"Loans\""
            ));
        }
        expected += &format!("2024-02,1,B,{branch},{},{sum},{mean}\n", amounts.len());
    }
    bank.report(&ledger, out.path(), &["--month", "2024-02"]);
    let files = files_of(out.path());
    let (_, rows) = files["BankName=B-1/year=2024/month=02/B-1_20240229.csv"].split_once('\n').unwrap();
    assert_eq!(rows, expected);
    bank.execute("UPDATE \"Loans\" SET \"Amount\" = 'NaN' WHERE \"Account_idAccount\" = 3");
    let error = bank.run(&ledger, out.path(), &["--month", "2024-03"]).error();
    assert_eq!(error, "2024-03: the branch 3 has loans whose sum is NaN: correct their amounts");
}

/// Days are those of UTC, whatever the time zone of the database or the role.
#[test]
fn dates_may_have_times() {
    for (kind, before, first) in [
        ("timestamp", "2023-10-31 23:59:59.999999", "2023-11-01 00:00"),
        ("timestamptz", "2023-10-31 23:59:59.999999Z", "2023-11-01 00:00Z"),
    ] {
        let (ledger, out) = (Database::new(), Folder::new());
        let bank = Bank::new(&Model::with_banks(1, "2022-01-01".parse().unwrap(), 1));
        bank.execute(&format!(
            "ALTER DATABASE {} SET timezone = 'Asia/Tokyo'; ALTER TABLE \"Loans\" ALTER loan_date TYPE {kind};",
            bank.database.name
        ));
        bank.execute(&format!(
            "INSERT INTO \"Loans\" VALUES (100, 5, 11, '{before}'), (101, 7, 11, '{first}'), (102, 7, 11, '2024-01-31 23:59:59')"
        ));
        bank.report(&ledger, out.path(), &["--month", "2024-01"]);
        let files: Vec<String> = files_of(out.path()).into_values().collect();
        assert!(files[0].ends_with("\n2024-01,1,Bank 1,1,2,14,7.0000\n"), "{files:?}");
    }
}
