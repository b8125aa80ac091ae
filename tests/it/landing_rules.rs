//! The landing rules, one by one.

use std::collections::BTreeSet;

use landfall::feed::spot::simulate::Simulation;

use crate::support::{Database, Folder, Quote, dump_name, import, json};

const DAY_1: &str = "2020-05-04";
const DAY_2: &str = "2020-05-05";
const DAY_3: &str = "2020-05-06";

/// Rows as `pool time price day-of-dump`.
fn rows(database: &Database) -> Vec<String> {
    database.check();
    database
        .rows()
        .into_iter()
        .map(|row| {
            let pool = row.pool.split(' ').nth(1).unwrap().replace("eu-west-3", "");
            let price = row.price.trim_end_matches('0');
            format!("{pool} {} {price} {}", &row.at[8..16], &row.dump[17..19])
        })
        .collect()
}

/// Imports the dumps one run after another, in the given order.
fn landed(dumps: &[(&str, &[Quote<'_>])]) -> (Database, Folder) {
    let (database, folder) = (Database::new(), Folder::new());
    for (day, quotes) in dumps {
        folder.dump(day, quotes);
        import(&database, &[folder.path()]);
    }
    (database, folder)
}

#[test]
fn the_same_bytes_change_nothing() {
    let (database, folder) = landed(&[(DAY_1, &[("a", "2020-05-04 10:00:00", "0.1")])]);
    let before = database.table("SELECT * FROM ledger ORDER BY id");
    let again = import(&database, &[folder.path()]);
    assert_eq!((again.landed, again.unchanged), (0, 1));
    assert_eq!(database.table("SELECT * FROM ledger ORDER BY id"), before);

    // The same bytes under a new date, and in another folder: recognized, and recorded once.
    folder.dump(DAY_1, &[("a", "2020-05-04 10:00:00", "0.1")]);
    let copy = Folder::new();
    copy.dump(DAY_1, &[("a", "2020-05-04 10:00:00", "0.1")]);
    for unchanged in [2, 2] {
        let again = import(&database, &[folder.path(), copy.path()]);
        assert_eq!((again.landed, again.unchanged, again.rows_new), (0, unchanged, 0));
        assert_eq!(database.table("SELECT status FROM ledger ORDER BY id"), "landed\nunchanged\nunchanged\n");
    }
    assert_eq!(rows(&database), ["a 04 10:00 0.1 04"]);
}

#[test]
fn a_new_revision_takes_its_own_day_over() {
    let (database, _folder) = landed(&[
        (
            DAY_1,
            &[
                ("a", "2020-05-04 10:00:00", "0.1"),
                ("a", "2020-05-04 11:00:00", "0.2"),
                ("b", "2020-05-03 09:00:00", "0.3"),
            ],
        ),
        (DAY_1, &[("a", "2020-05-04 10:00:00", "0.15"), ("a", "2020-05-04 12:00:00", "0.4")]),
    ]);
    // Prices of its own day that only the old one has are removed; those of the day before stay.
    assert_eq!(rows(&database), ["a 04 10:00 0.15 04", "a 04 12:00 0.4 04", "b 03 09:00 0.3 04"]);
    insta::assert_snapshot!(
        database.table("SELECT status, records, rows_new, rows_removed FROM ledger ORDER BY id"),
        @r"
    superseded | 3 | 3 | 0
    landed | 2 | 2 | 2
    "
    );
}

#[test]
fn going_back_to_an_earlier_revision_is_a_revision_too() {
    let first: &[Quote<'_>] = &[("a", "2020-05-04 10:00:00", "0.1")];
    let (database, _folder) =
        landed(&[(DAY_1, first), (DAY_1, &[("a", "2020-05-04 10:00:00", "0.2")]), (DAY_1, first)]);
    assert_eq!(rows(&database), ["a 04 10:00 0.1 04"]);
    assert_eq!(database.number("SELECT count(*) FROM ledger WHERE status = 'superseded'"), 2);
}

#[test]
fn a_row_of_another_dump_outlives_the_revision_that_drops_it() {
    let (database, _folder) = landed(&[
        (DAY_1, &[("a", "2020-05-04 23:00:00", "0.1"), ("b", "2020-05-04 23:00:00", "0.5")]),
        (DAY_2, &[("a", "2020-05-04 23:00:00", "0.1")]),
        (DAY_1, &[]),
    ]);
    assert_eq!(rows(&database), ["a 04 23:00 0.1 05"]);
    // One of the two rows came back under another dump's name.
    assert_eq!(database.number("SELECT rows_removed FROM ledger ORDER BY id DESC LIMIT 1"), 1);
}

#[test]
fn a_dump_owns_its_day_whichever_landed_first() {
    let own: (&str, &[Quote<'_>]) = (DAY_1, &[("a", "2020-05-04 23:00:00", "0.1")]);
    let other: (&str, &[Quote<'_>]) =
        (DAY_2, &[("a", "2020-05-04 23:00:00", "0.2"), ("a", "2020-05-05 01:00:00", "0.3")]);
    for order in [[own, other], [other, own]] {
        let (database, _folder) = landed(&order);
        assert_eq!(rows(&database), ["a 04 23:00 0.1 04", "a 05 01:00 0.3 05"]);
        assert_eq!(database.number("SELECT sum(rows_disagreeing) FROM ledger"), 1);
        assert_eq!(
            database.table("SELECT price::text, other_price::text FROM spot_disagreements"),
            "0.100000 | 0.200000\n"
        );
    }
}

#[test]
fn late_prices_are_added_to_a_day_that_has_landed() {
    let (database, _folder) = landed(&[
        (DAY_1, &[("a", "2020-05-04 10:00:00", "0.1")]),
        (DAY_2, &[("a", "2020-05-04 23:59:59", "0.2"), ("b", "2020-05-04 10:00:00", "0.3")]),
    ]);
    assert_eq!(rows(&database), ["a 04 10:00 0.1 04", "a 04 23:59 0.2 05", "b 04 10:00 0.3 05"]);
}

#[test]
fn of_two_dumps_that_do_not_own_a_row_the_nearer_wins() {
    let near: (&str, &[Quote<'_>]) = (DAY_2, &[("a", "2020-05-03 10:00:00", "0.1")]);
    let far: (&str, &[Quote<'_>]) = (DAY_3, &[("a", "2020-05-03 10:00:00", "0.2")]);
    for order in [[near, far], [far, near]] {
        let (database, _folder) = landed(&order);
        assert_eq!(rows(&database), ["a 03 10:00 0.1 05"]);
        assert_eq!(database.number("SELECT count(*) FROM spot_disagreements"), 1);
    }
    // The day's own dump beats both, and when it is replaced, the nearer one wins again.
    let own: (&str, &[Quote<'_>]) = ("2020-05-03", &[("a", "2020-05-03 10:00:00", "0.3")]);
    let (database, folder) = landed(&[far, own, near]);
    assert_eq!(rows(&database), ["a 03 10:00 0.3 03"]);
    folder.dump("2020-05-03", &[]);
    import(&database, &[folder.path()]);
    assert_eq!(rows(&database), ["a 03 10:00 0.1 05"]);
}

#[test]
fn exact_repeats_are_collapsed_and_counted() {
    let quote = ("a", "2020-05-04 10:00:00", "0.1");
    let (database, _folder) = landed(&[(DAY_1, &[quote, quote, quote])]);
    assert_eq!(rows(&database), ["a 04 10:00 0.1 04"]);
    assert_eq!(database.table("SELECT records, rows_new, rows_repeated FROM ledger"), "3 | 1 | 2\n");
}

#[test]
fn one_dump_in_two_folders_lands_once_and_the_newer_revision_wins() {
    for order in [["old", "new"], ["new", "old"]] {
        let (database, folder) = (Database::new(), Folder::new());
        let quotes = |price| {
            crate::support::json(&[("a", "2020-05-04 10:00:00", price), ("a", "2020-05-03 10:00:00", "0.7")])
        };
        for subfolder in order {
            let (price, second) = if subfolder == "old" { ("0.1", 1_000) } else { ("0.2", 2_000) };
            folder.write_at(&format!("{subfolder}/{}", dump_name(DAY_1)), quotes(price), second);
            import(&database, &[folder.path()]);
        }
        assert_eq!(rows(&database), ["a 03 10:00 0.7 04", "a 04 10:00 0.2 04"], "{order:?}");
        assert_eq!(import(&database, &[folder.path()]).unchanged, 2);

        // Both at once, in one run.
        let database = Database::new();
        import(&database, &[folder.path()]);
        assert_eq!(rows(&database), ["a 03 10:00 0.7 04", "a 04 10:00 0.2 04"]);
    }
}

/// The current revision is overwritten, and a copy of it appears elsewhere: the later of the two wins, in
/// whatever order the run sees them.
#[test]
fn of_a_change_and_a_copy_of_the_old_content_the_later_wins() {
    let (old, new) = ([("a", "2020-05-04 10:00:00", "0.1")], [("a", "2020-05-04 11:00:00", "0.2")]);
    for (changed_in, copy_in) in [("first", "second"), ("second", "first")] {
        for (changed, copied, expected) in [(20, 30, "a 04 10:00 0.1 04"), (30, 20, "a 04 11:00 0.2 04")] {
            let (database, folder) = (Database::new(), Folder::new());
            let at = |subfolder| format!("{subfolder}/{}", dump_name(DAY_1));
            folder.write_at(&at(changed_in), json(&old), 10);
            import(&database, &[folder.path()]);
            folder.write_at(&at(changed_in), json(&new), changed);
            folder.write_at(&at(copy_in), json(&old), copied);
            import(&database, &[folder.path()]);
            assert_eq!(rows(&database), [expected], "{changed_in} {changed} {copied}");
        }
    }
}

#[test]
fn accounts_and_regions_are_kept_apart() {
    let (database, folder) = (Database::new(), Folder::new());
    let body = crate::support::json(&[("a", "2020-05-04 10:00:00", "0.1")]);
    folder.write("spotprices_20200504_000000000001_eu-west-3.json", &body);
    folder.write("spotprices_20200504_000000000002_eu-west-3.json", &body);
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.rows_new, report.rows_repeated), (2, 0));
    database.check();
}

#[test]
fn an_empty_dump_lands() {
    let (database, _folder) = landed(&[(DAY_1, &[])]);
    assert_eq!(database.table("SELECT status, records FROM ledger"), "landed | 0\n");
}

#[test]
fn rows_go_to_the_partition_of_their_month() {
    let (database, _folder) = landed(&[(
        "2020-06-01",
        &[("a", "2020-05-31 23:59:59.999999", "0.1"), ("a", "2020-06-01 00:00:00", "0.2")],
    )]);
    for month in ["2020_05", "2020_06"] {
        assert_eq!(database.number(&format!("SELECT count(*) FROM spot_observations_{month}")), 1);
    }
    // A year can be dropped; what has landed stays landed.
    database.execute("DROP TABLE spot_observations_2020_05, spot_carried_2020_05");
    assert_eq!(database.rows().len(), 1);
}

/// Larger than what is sorted in memory: it goes through scratch files and is written in chunks.
#[test]
fn a_dump_too_large_for_memory_lands_like_any_other() {
    let simulation = Simulation {
        accounts: 1,
        regions: vec!["eu-west-3".to_owned()],
        pools: 3_000,
        first_day: chrono::NaiveDate::from_ymd_opt(2020, 5, 4).unwrap(),
        days: 2,
        changes_per_day: 100.0,
        seed: 3,
    };
    let (database, folder) = (Database::new(), Folder::new());
    let mut expected = BTreeSet::new();
    for dump in simulation.dumps() {
        assert!(dump.len() > 262_144);
        let mut body = Vec::new();
        dump.write_json(&mut body).unwrap();
        folder.write(&dump.name, body);
        expected.extend(dump.records.iter().map(|record| (record.pool, record.at, record.price)));
        let report = import(&database, &[folder.path()]);
        assert_eq!((report.landed, report.records), (1, dump.len() as u64));
        assert_eq!(database.number("SELECT count(*) FROM spot_prices"), expected.len() as i64);
    }
    let sum: i64 = expected.iter().map(|(_, _, price)| i64::from(*price)).sum();
    assert_eq!(database.number("SELECT sum(price * 10000) FROM spot_prices"), sum);
    database.check();
    assert_eq!(database.number("SELECT sum(rows_disagreeing) FROM ledger"), 0);
    database.check();
}
