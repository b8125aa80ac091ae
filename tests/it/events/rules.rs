//! The rules of landing, one by one.

use landfall::feed::events::Events;
use landfall::ingest::{Withdrawal, withdraw};

use crate::support::{Database, Folder, Landfall, gzip, import};

use super::{event, events};

#[test]
fn an_object_lands_once_and_a_repeated_event_with_it() {
    let (database, folder) = (Database::new(), Folder::new());
    let first = event(1, 5, "a") + &event(2, 70, "b") + &event(1, 5, "a");
    folder.write("events/dt=2019-07-01/events_20190701_1.ndjson.gz", gzip(first));
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.records, report.rows_new, report.rows_repeated), (1, 3, 2, 1));
    folder.write("events_20190701_2.ndjson", event(2, 70, "b") + &event(3, 6, "c"));
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rows_new, report.rows_repeated), (1, 1, 1));
    insta::assert_snapshot!(events(&database), @r#"
    01 | 01 23:05 | a | {"plan": {"price": 1.50}} | events_20190701_1.ndjson
    02 | 02 00:10 | b | {"plan": {"price": 1.50}} | events_20190701_1.ndjson
    03 | 01 23:06 | c | {"plan": {"price": 1.50}} | events_20190701_2.ndjson
    "#);
    assert_eq!(database.number("SELECT count(*) FROM events_2019_07_02"), 1);
    assert_eq!(database.number("SELECT count(*) FROM event_disagreements"), 0);
    let again = import(&database, &[folder.path()]);
    assert_eq!((again.landed, again.unchanged), (0, 2));
}

#[test]
fn of_two_contents_the_one_received_first_counts_whichever_lands_first() {
    for order in [["1", "2"], ["2", "1"]] {
        let (database, folder) = (Database::new(), Folder::new());
        let content = |batch| if batch == "1" { event(1, 70, "late") } else { event(1, 5, "early") };
        for batch in order {
            folder.write(&format!("events_20190701_{batch}.ndjson"), content(batch));
            import(&database, &[folder.path()]);
        }
        let stored = events(&database);
        assert!(stored.starts_with("01 | 01 23:05 | early |") && stored.lines().count() == 1, "{stored}");
        assert_eq!(
            database.table(
                "SELECT to_char(other_received_at, 'DD HH24:MI'), other_content->>'event' FROM event_disagreements"
            ),
            "02 00:10 | late\n"
        );
        let counts = "SELECT sum(rows_new), sum(rows_disagreeing) FROM ledger";
        assert_eq!(database.table(counts), "1 | 1\n");
    }
}

#[test]
fn what_another_object_has_outlives_a_withdrawal() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write("events_20190701_1.ndjson", event(1, 5, "a") + &event(2, 5, "b") + &event(3, 5, "c"));
    folder.write("events_20190701_2.ndjson", event(1, 5, "a") + &event(2, 80, "later"));
    import(&database, &[folder.path()]);
    let before = events(&database);
    assert_eq!(before.lines().count(), 3);
    // As after its retention.
    database.execute("ALTER TABLE events DETACH PARTITION events_2019_07_02; DROP TABLE events_2019_07_02");
    let Withdrawal::Withdrawn(_, rows) = withdraw(&mut database.connect(), &Events, 1).unwrap() else {
        panic!()
    };
    assert_eq!((rows.removed, rows.restored, rows.deferred), (3, 2, 0));
    insta::assert_snapshot!(events(&database), @r#"
    01 | 01 23:05 | a | {"plan": {"price": 1.50}} | events_20190701_2.ndjson
    02 | 02 00:20 | later | {"plan": {"price": 1.50}} | events_20190701_2.ndjson
    "#);
    // Withdrawn bytes stay away; others take their place.
    assert_eq!(import(&database, &[folder.path()]).landed, 0);
    folder.write("events_20190701_1.ndjson", event(2, 5, "b"));
    assert_eq!(import(&database, &[folder.path()]).landed, 1);
    assert!(events(&database).contains("02 | 01 23:05 | b"));
}

#[test]
fn a_new_revision_takes_the_place_of_the_old_one() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write("events_20190701_1.ndjson", event(1, 5, "a") + &event(2, 5, "b"));
    import(&database, &[folder.path()]);
    folder.write("events_20190701_1.ndjson", event(2, 5, "b") + &event(3, 5, "c"));
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.replaced, report.rows_new, report.rows_removed), (1, 2, 2));
    assert_eq!(events(&database).lines().count(), 2);
}

#[test]
fn a_bad_event_is_rejected_alone_and_kept() {
    let (database, folder) = (Database::new(), Folder::new());
    let bad = event(2, 5, "b").replace("2019-07-01 12:00:00.5", "yesterday");
    folder.write("events_20190701_1.ndjson", event(1, 5, "a") + &bad + "hello\n" + &event(3, 5, "c"));
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rows_new, report.rows_rejected), (1, 2, 2));
    assert_eq!(
        database.table(
            "SELECT record, field, reason, convert_from(raw, 'UTF8') = 'hello' FROM dead_letters ORDER BY id"
        ),
        "1 | sent_at | \"yesterday\" is not a timestamp such as 2019-07-01 12:00:00.123456 | false\n\
         2 | - | not valid: expected value | true\n"
    );
    assert_eq!(events(&database).lines().count(), 2);
    // Nothing changes until the decoder accepts more.
    Landfall::on(&database, &["retry"]).run().expect(0);
    assert_eq!(
        (events(&database).lines().count(), database.number("SELECT count(*) FROM dead_letters")),
        (2, 2)
    );
}

/// What `jsonb` would refuse ends no transaction.
#[test]
fn every_value_that_is_accepted_can_be_stored() {
    let (database, folder) = (Database::new(), Folder::new());
    let values = [
        "1e-400",
        "1e308",
        "-0",
        "1E+2",
        "\"\\ud83d\\ude00\"",
        "[[[{}]]]",
        "\"\\\\u0000\"",
        "123456789012345678901234567890.10",
    ];
    let lines = (1..).zip(values).map(|(id, value)| event(id, 5, "a").replace("1.50", value));
    folder.write("events_20190701_1.ndjson", lines.collect::<String>());
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rows_new, report.rejected.len()), (1, values.len() as i64, 0));
    assert_eq!(
        database.table("SELECT properties->'plan'->>'price' FROM events ORDER BY id LIMIT 1 OFFSET 7"),
        "123456789012345678901234567890.10\n"
    );
}

#[test]
fn a_day_whose_partition_was_detached_waits_and_rejects_nothing() {
    let (database, folder) = (Database::new(), Folder::new());
    let import = || Landfall::on(&database, &["import"]).arg(folder.path()).run();
    folder.write("events_20190701_a.ndjson", event(1, 10, "a"));
    import().expect(0);
    database.execute("ALTER TABLE events DETACH PARTITION events_2019_07_01");
    folder.write("events_20190701_b.ndjson", event(2, 10, "b") + &event(3, 1_500, "b"));
    let error = import().expect(1).stderr;
    assert!(error.contains("a partition is missing: rename or drop the detached table"), "{error}");
    assert_eq!(database.number("SELECT count(*) FROM ledger WHERE status = 'rejected'"), 0);
    database.execute("ALTER TABLE events_2019_07_01 RENAME TO events_kept");
    import().expect(0);
    assert_eq!(database.number("SELECT count(*) FROM events"), 2);
}

/// A message that a consumer took for no event is one for a newer version.
#[test]
fn what_a_consumer_kept_is_read_as_it_was_sent() {
    let (database, folder) = (Database::new(), Folder::new());
    let line =
        |body: &str| serde_json::json!({ "message_id": "m", "reason": "x", "body": body }).to_string() + "\n";
    let lines = [line(&event(1, 10, "é")), line("hello"), line(""), "[\n".to_owned()].concat();
    folder.write("malformed/dt=2019-07-02/malformed_20190702_0f.ndjson", lines);
    Landfall::on(&database, &["import"]).arg(folder.path()).run().expect(0);
    insta::assert_snapshot!(events(&database), @r#"01 | 01 23:10 | é | {"plan": {"price": 1.50}} | malformed_20190702_0f.ndjson"#);
    let kept = "SELECT record, convert_from(raw, 'UTF8') AS raw, reason FROM dead_letters ORDER BY 1";
    insta::assert_snapshot!(database.table(kept), @r"
    1 | hello | not valid: expected value
    2 |  | it is empty
    3 | [ | a record must be an object, not an array
    ");
}
