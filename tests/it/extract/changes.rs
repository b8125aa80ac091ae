//! A day's file is written again when its rows changed, and only then.

use std::path::Path;

use crate::support::{Database, Folder, Landfall, python};

use super::{current, days, event, extract, files_of, import};

const COUNT: &str =
    "import duckdb, sys; print(duckdb.read_parquet(sys.argv[1]).count('id').fetchall()[0][0])";

fn count(database: &Database, out: &Path, day: &str) -> String {
    python(COUNT, &[&current(database, out, day)]).trim().to_owned()
}

#[test]
fn only_days_that_changed_are_written_again() {
    let (database, folder, out) = (Database::new(), Folder::new(), Folder::new());
    let out = out.path();
    let step = || extract(&database, out, &[]);
    assert_eq!(days(&step()), Vec::<&str>::new());

    folder.write("events_20190701_a.ndjson", event(1, "01 10:00", "a") + &event(2, "03 10:00", "a"));
    import(&database, &folder);
    assert_eq!(days(&step()), ["2019-07-01", "2019-07-03"]);
    let original = [current(&database, out, "2019-07-01"), current(&database, out, "2019-07-03")];
    let again = step();
    assert_eq!((days(&again).len(), &again["unchanged"]), (0, &2.into()));

    // Another delivery that does not count, or an object without events, changes no day.
    folder.write("events_20190702_b.ndjson", event(2, "04 10:00", "b"));
    folder.write("events_20190702_c.ndjson", "\n");
    import(&database, &folder);
    assert_eq!(days(&step()), Vec::<&str>::new());

    // One that was received on an earlier day counts: the event moves there.
    folder.write("events_20190702_d.ndjson", event(2, "02 23:59", "d"));
    import(&database, &folder);
    assert_eq!(days(&step()), ["2019-07-02", "2019-07-03"]);
    assert_eq!(count(&database, out, "2019-07-02"), "1");
    assert_eq!(count(&database, out, "2019-07-03"), "0");

    // Without that delivery it moves back, and the file is the one from before.
    Landfall::on(&database, &["--quiet", "withdraw", "events_20190702_d.ndjson"]).run().expect(0);
    assert_eq!(days(&step()), ["2019-07-02", "2019-07-03"]);
    assert_eq!(count(&database, out, "2019-07-02"), "0");
    assert_eq!(current(&database, out, "2019-07-03"), original[1]);
    assert_eq!(current(&database, out, "2019-07-01"), original[0]);

    // A new revision of an object: all days that it had or has.
    folder.write("events_20190701_a.ndjson", event(1, "05 10:00", "a"));
    import(&database, &folder);
    assert_eq!(days(&step()), ["2019-07-01", "2019-07-03", "2019-07-04", "2019-07-05"]);
    assert_eq!(days(&step()), Vec::<&str>::new());
    // A dry run of a withdrawal changes nothing.
    Landfall::on(&database, &["--quiet", "withdraw", "--dry-run", "events_20190701_a.ndjson"])
        .run()
        .expect(0);
    assert_eq!(days(&step()), Vec::<&str>::new());
}

#[test]
fn each_destination_has_what_it_was_given() {
    let (database, folder, out, other) = (Database::new(), Folder::new(), Folder::new(), Folder::new());
    for day in 1..=5 {
        let (name, received) = (format!("events_2019070{day}_a.ndjson"), format!("0{day} 10:00"));
        folder.write(&name, event(day, &received, "a"));
    }
    import(&database, &folder);
    let some = ["--from", "2019-07-02", "--to", "2019-07-03"];
    let plan = extract(&database, out.path(), &[&some[..], &["--dry-run"]].concat());
    assert_eq!(plan["parts"][0]["part"], "2019-07-02", "{plan}");
    assert_eq!(
        (plan["parts"].as_array().unwrap().len(), &plan["parts"][1]["extracted_before"]),
        (2, &false.into())
    );
    assert_eq!(files_of(out.path()).len(), 0);
    let backwards = ["extract", "events", "x", "--from", "2019-07-02", "--to", "2019-07-01"];
    let error = Landfall::bare(&backwards).run().expect(2).stderr;
    assert!(error.contains("--to: it is before the first day: write a later one"), "{error}");

    assert_eq!(days(&extract(&database, out.path(), &some)), ["2019-07-02", "2019-07-03"]);
    assert_eq!(days(&extract(&database, out.path(), &[])), ["2019-07-01", "2019-07-04", "2019-07-05"]);
    assert_eq!(days(&extract(&database, other.path(), &["--to", "2019-07-01"])), ["2019-07-01"]);

    // Everything anew: the same files; also one that was lost.
    let all = files_of(out.path());
    std::fs::remove_file(out.path().join(all.keys().next().unwrap())).unwrap();
    let full = extract(&database, out.path(), &["--full"]);
    assert_eq!(days(&full).len(), 5);
    assert!(full["manifest"].is_null());
    assert!(files_of(out.path()) == all);
    // A day whose rows were dropped keeps its file.
    database.execute("DROP TABLE events_2019_07_02");
    let rest = extract(&database, out.path(), &["--full"]);
    assert_eq!((days(&rest).len(), &rest["unchanged"]), (4, &0.into()));
}

/// A late event does not replace the file of a day that was dropped.
#[test]
fn a_day_that_was_dropped_keeps_its_file_whatever_lands_later() {
    let (database, folder, out) = (Database::new(), Folder::new(), Folder::new());
    folder.write("events_20190701_a.ndjson", event(1, "01 10:00", "a") + &event(2, "02 10:00", "a"));
    import(&database, &folder);
    extract(&database, out.path(), &[]);
    let before = files_of(out.path());
    database.execute("DROP TABLE events_2019_07_01");
    folder.write("events_20190703_b.ndjson", event(3, "01 11:00", "b") + &event(4, "02 11:00", "b"));
    import(&database, &folder);
    let run = Landfall::on(&database, &["extract", "events", "--json"]).arg(out.path()).run().expect(0);
    let warned = run
        .messages()
        .into_iter()
        .any(|message| message.starts_with("not extracted again: Postgres does not have all rows"));
    assert!(warned, "{}", run.stderr);
    let report = run.json();
    assert_eq!(report["incomplete"], serde_json::json!([{ "part": "2019-07-01", "landed": 2, "stored": 1 }]));
    assert_eq!(days(&report), ["2019-07-02"]);
    let after = files_of(out.path());
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|file| after.get(file.0) == Some(file.1)));
    let again = Landfall::on(&database, &["--quiet", "extract", "events"]).arg(out.path()).run().expect(0);
    assert!(
        again.stdout.starts_with(
            "2019-07-01 stays as it was extracted: of 2 rows that landed, Postgres has 1, because a partition was dropped\n"
        ),
        "{}",
        again.stdout
    );
}

#[test]
fn rows_of_before_the_migration_are_extracted() {
    let (database, folder, out) = (Database::new(), Folder::new(), Folder::new());
    folder.write("events_20190701_a.ndjson", event(1, "01 00:00", "a") + &event(2, "03 23:59", "a"));
    import(&database, &folder);
    crate::migrations::revert(&mut database.connect(), "12");
    let old = Landfall::on(&database, &["extract", "events"]).arg(out.path()).run();
    assert!(old.error().contains("run `landfall migrate`"));
    Landfall::on(&database, &["--quiet", "migrate"]).run().expect(0);
    assert_eq!(days(&extract(&database, out.path(), &[])), ["2019-07-01", "2019-07-03"]);
}
