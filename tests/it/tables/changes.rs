//! A part is written again when it changed, and only then; the same rows give the same bytes.

use std::path::Path;

use chrono::{Datelike, Days, Months, Utc};

use super::{extract, import, landed, parts, simulate, urls};
use crate::support::{Database, Folder, Landfall, Run, dump_name, json, run_of};

const TABLES: [&[&str]; 4] = [
    &["spot"],
    &["spot", "--table", "monthly"],
    &["spot", "--table", "records"],
    &["spot", "--table", "records", "--format", "csv", "--instance-type", "c5.*"],
];

#[test]
fn what_did_not_change_is_not_written_again() {
    let (database, out) = (landed(), Folder::new());
    for table in TABLES.into_iter().chain([&["freight"][..]]) {
        let plan = extract(&database, out.path(), &[table, &["--dry-run"]].concat());
        let first = extract(&database, out.path(), table);
        let written = urls(&first);
        assert_eq!(plan["parts"].as_array().unwrap().len(), written.len());
        assert!(!written.is_empty(), "{first}");
        let bytes = |url: &&str| std::fs::read(url).unwrap();
        let before: Vec<Vec<u8>> = written.iter().map(bytes).collect();
        let again = extract(&database, out.path(), table);
        assert_eq!((parts(&again).len(), &again["unchanged"]), (0, &written.len().into()));
        std::fs::remove_file(written[0]).unwrap();
        let full = extract(&database, out.path(), &[table, &["--full"]].concat());
        assert_eq!(urls(&full), written);
        assert!(written.iter().map(bytes).eq(before));
    }
    // What landed in another order gives the same files.
    let (other, folder, elsewhere) = (Database::new(), Folder::new(), Folder::new());
    simulate(
        &folder,
        &[
            "--first-day",
            "2026-01-20",
            "--days",
            "50",
            "--pools",
            "9",
            "--region",
            "us-east-1",
            "--region",
            "eu-west-3",
        ],
    );
    for day in ["--since=2026-02-04", "--until=2026-02-02"] {
        Landfall::on(&other, &["--quiet", "import", day]).arg(folder.path()).run().expect(0);
    }
    for table in TABLES {
        let names = |database: &Database, out: &Folder| -> Vec<String> {
            let report = extract(database, out.path(), &[table, &["--full"]].concat());
            urls(&report).iter().map(|url| url.rsplit('/').next().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&other, &elsewhere), names(&database, &out), "{table:?}");
    }
}

#[test]
fn a_month_that_changed_is_written_again() {
    let (database, out, folder) = (landed(), Folder::new(), Folder::new());
    let step = |table: &[&str]| {
        let report = extract(&database, out.path(), table);
        parts(&report).iter().map(|part| part.rsplit('/').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    TABLES.iter().for_each(|table| drop(step(table)));
    // The last record of January is valid on the first of February.
    folder.write(&dump_name("2026-01-31"), json(&[("a", "2026-01-31 23:00:00", "0.5")]));
    import(&database, folder.path());
    assert_eq!(step(&["spot", "--table", "records"]), ["2026-01"]);
    assert_eq!(step(&["spot"]), ["2026-01"]);
    // An empty dump makes a day count: the price that is known then is summarized.
    folder.write(&dump_name("2026-02-01"), "[]");
    import(&database, folder.path());
    assert_eq!(step(&["spot", "--table", "records"]), Vec::<String>::new());
    assert_eq!(step(&["spot"]), ["2026-02"]);
    assert_eq!(step(&["spot", "--table", "monthly"]), ["2026-01", "2026-02"]);
    Landfall::on(&database, &["--quiet", "withdraw"]).arg(dump_name("2026-02-01")).run().expect(0);
    assert_eq!(step(&["spot"]), ["2026-02"]);
    assert_eq!(step(&["spot", "--table", "records"]), Vec::<String>::new());
    assert_eq!(step(&["spot"]), Vec::<String>::new());
}

/// Late rows do not replace the file of a month that was dropped.
#[test]
fn a_month_that_was_dropped_keeps_its_file_whatever_lands_later() {
    let (database, out, folder) = (Database::new(), Folder::new(), Folder::new());
    let day = |day: &str| {
        let (noon, evening) = (format!("{day} 12:00:00"), format!("{day} 18:00:00"));
        folder.write(&dump_name(day), json(&[("a", &noon, "0.5"), ("b", &evening, "0.7")]));
    };
    ["2026-02-10", "2026-02-20", "2026-03-10"].into_iter().for_each(day);
    import(&database, folder.path());
    for table in TABLES {
        assert_eq!(parts(&extract(&database, out.path(), table)).len(), 2, "{table:?}");
    }
    database.execute("DROP TABLE spot_observations_2026_02, spot_carried_2026_02");
    // Summaries that were kept are still those of all records.
    for table in TABLES {
        let elsewhere = Folder::new();
        let report = extract(&database, elsewhere.path(), table);
        let records = table.contains(&"records");
        let left = report["incomplete"].as_array().unwrap().len();
        assert_eq!((parts(&report).len(), left), (if records { 1 } else { 2 }, 0), "{table:?}");
    }
    day("2026-02-11");
    day("2026-03-11");
    import(&database, folder.path());
    for table in TABLES {
        let args = [&["extract"], table, &["--json"]].concat();
        let run = Landfall::on(&database, &args).arg(out.path()).run().expect(0);
        is_left(&run, "123456789012/eu-west-3/2026-02", 6, 2);
        assert_eq!(parts(&run.json()), ["123456789012/eu-west-3/2026-03"], "{table:?}");
    }
}

#[test]
fn a_month_of_rates_that_were_deleted_keeps_its_file_whatever_lands_later() {
    let (database, out, folder) = (Database::new(), Folder::new(), Folder::new());
    import(&database, &Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/freight"));
    let report = extract(&database, out.path(), &["freight"]);
    assert_eq!(parts(&report)[0], "2021-01");
    let landed = report["files"][0]["records"].as_i64().unwrap();
    database.execute("DELETE FROM freight_prices WHERE day < '2021-02-01'");
    folder
        .write("freightrates_20210201_late.csv", "orig_code,dest_code,day,price\nCNGGZ,NOOSL,2021-01-31,7\n");
    import(&database, folder.path());
    let run = Landfall::on(&database, &["extract", "freight", "--json"]).arg(out.path()).run().expect(0);
    is_left(&run, "2021-01", landed + 1, 1);
    assert_eq!(parts(&run.json()), Vec::<&str>::new());
}

#[track_caller]
fn is_left(run: &Run, part: &str, landed: i64, stored: i64) {
    let warned = run
        .messages()
        .into_iter()
        .any(|message| message.starts_with("not extracted again: Postgres does not have all rows"));
    assert!(warned, "{}", run.stderr);
    let incomplete = &run.json()["incomplete"];
    assert_eq!(*incomplete, serde_json::json!([{ "part": part, "landed": landed, "stored": stored }]));
}

#[test]
fn months_that_are_not_over_wait() {
    let (database, out, folder) = (Database::new(), Folder::new(), Folder::new());
    let first = Utc::now().date_naive().with_day(1).unwrap();
    for day in [first - Months::new(1), first - Days::new(1), first] {
        let day = day.to_string();
        folder.write(&dump_name(&day), json(&[("a", &format!("{day} 00:00:00"), "0.5")]));
    }
    import(&database, folder.path());
    for table in &TABLES[..3] {
        let report = extract(&database, out.path(), table);
        assert_eq!(parts(&report).len(), 1, "{report}");
        assert!(parts(&report)[0].ends_with(&(first - Days::new(1)).format("%Y-%m").to_string()));
    }
    let this = first.format("%Y-%m").to_string();
    let run = Landfall::on(&database, &["extract", "spot", "x", "--month", &this]).run().expect(2);
    assert!(run.stderr.contains("is not over (UTC): the last complete month is"), "{}", run.stderr);
}

#[test]
fn a_run_that_is_killed_is_made_up_for() {
    let (database, expected, out) = (landed(), Folder::new(), Folder::new());
    let report = extract(&database, expected.path(), TABLES[0]);
    for attempt in 0..8 {
        let args = [&["--quiet", "extract"], TABLES[0]].concat();
        let mut run = Landfall::on(&database, &args).arg(out.path()).spawn();
        std::thread::sleep(std::time::Duration::from_millis(40 + 30 * attempt));
        run.kill().unwrap();
        run.wait().unwrap();
    }
    let args = [&["--quiet", "extract"], TABLES[0], &["--full"]].concat();
    run_of(Landfall::on(&database, &args).arg(out.path()).spawn()).expect(0);
    for url in urls(&report) {
        let name = url.strip_prefix(expected.path().to_str().unwrap()).unwrap();
        let there = std::fs::read(out.path().join(name.trim_start_matches('/'))).unwrap();
        assert!(there == std::fs::read(url).unwrap(), "{name}");
    }
    assert_eq!(parts(&extract(&database, out.path(), TABLES[0])).len(), 0);
}
