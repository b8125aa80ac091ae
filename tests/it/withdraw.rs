//! `landfall withdraw`: what it removes, what it keeps, and how it finds the dump.

use landfall::feed::freight::{Format, Freight, upload_name};
use landfall::ingest::{DumpLookup, Upload, Withdrawal, feeds, look_up, withdraw};

use crate::support::{Database, Folder, Landfall, Quote, Run, dump_name, import, json};

const DAY_1: &str = "2020-05-04";
const DAY_2: &str = "2020-05-05";
const DAY_3: &str = "2020-05-06";

/// Rows as `pool time price day-of-dump`.
fn rows(database: &Database) -> Vec<String> {
    database.check();
    let shorten = |row: crate::support::Row| {
        let pool = row.pool.split(' ').nth(1).unwrap().replace("eu-west-3", "");
        format!("{pool} {} {} {}", &row.at[8..16], row.price.trim_end_matches('0'), &row.dump[17..19])
    };
    database.rows().into_iter().map(shorten).collect()
}

fn landed(dumps: &[(&str, &[Quote<'_>])]) -> (Database, Folder) {
    let (database, folder) = (Database::new(), Folder::new());
    for (day, quotes) in dumps {
        folder.dump(day, quotes);
        import(&database, &[folder.path()]);
    }
    (database, folder)
}

fn command(database: &Database, args: &[&str]) -> Run {
    Landfall::on(database, &[&["withdraw"], args].concat()).run()
}

/// Withdraws the dump of a day; returns rows removed, rows restored and claims removed.
fn withdrawn(database: &Database, day: &str) -> (i64, i64, i64) {
    let mut connection = database.connect();
    let DumpLookup::Found(dump) = look_up(&mut connection, &feeds(), &dump_name(day)).unwrap() else {
        panic!("{day}")
    };
    let Withdrawal::Withdrawn(_, taken) = withdraw(&mut connection, dump.feed, dump.id).unwrap() else {
        panic!("{day}")
    };
    (taken.removed, taken.restored, taken.deferred)
}

#[test]
fn claims_of_other_dumps_win_where_the_withdrawn_one_had_won() {
    // A day of its own that another carries, at its price and at another; a day of neither.
    let one: (&str, &[Quote<'_>]) = (
        DAY_2,
        &[
            ("a", "2020-05-05 10:00:00", "0.1"),
            ("a", "2020-05-05 11:00:00", "0.2"),
            ("a", "2020-05-05 12:00:00", "0.3"),
            ("a", "2020-05-03 09:00:00", "0.4"),
            ("b", "2020-05-03 09:00:00", "0.5"),
            ("a", "2020-05-04 10:00:00", "0.6"),
        ],
    );
    let next: (&str, &[Quote<'_>]) = (
        DAY_3,
        &[
            ("a", "2020-05-05 11:00:00", "0.2"),
            ("a", "2020-05-05 12:00:00", "0.9"),
            ("a", "2020-05-03 09:00:00", "0.8"),
        ],
    );
    let before: (&str, &[Quote<'_>]) = (DAY_1, &[("a", "2020-05-04 10:00:00", "0.7")]);
    for order in [[one, next, before], [next, before, one], [before, one, next]] {
        let (database, _folder) = landed(&order);
        assert_eq!(
            rows(&database),
            [
                "a 03 09:00 0.4 05",
                "a 04 10:00 0.7 04",
                "a 05 10:00 0.1 05",
                "a 05 11:00 0.2 05",
                "a 05 12:00 0.3 05",
                "b 03 09:00 0.5 05"
            ]
        );
        assert_eq!(withdrawn(&database, DAY_2), (5, 3, 1));
        assert_eq!(
            rows(&database),
            ["a 03 09:00 0.8 06", "a 04 10:00 0.7 04", "a 05 11:00 0.2 06", "a 05 12:00 0.9 06"]
        );
        assert_eq!(
            database.table("SELECT status, rows_removed FROM ledger WHERE day = '2020-05-05'"),
            "withdrawn | 2\n"
        );
        // Nothing of it remains to win later.
        assert_eq!(database.number("SELECT count(*) FROM spot_carried"), 0);
        assert_eq!(withdrawn(&database, DAY_3), (3, 0, 0));
        assert_eq!(withdrawn(&database, DAY_1), (1, 0, 0));
        assert_eq!(rows(&database), Vec::<String>::new());
        assert_eq!(database.number("SELECT count(*) FROM spot_summaries"), 0);
    }
}

#[test]
fn all_revisions_of_a_dump_are_withdrawn() {
    let (database, folder) = landed(&[
        (DAY_2, &[("a", "2020-05-05 10:00:00", "0.1"), ("a", "2020-05-04 10:00:00", "0.2")]),
        (DAY_2, &[("a", "2020-05-05 11:00:00", "0.3")]),
    ]);
    assert_eq!(rows(&database), ["a 04 10:00 0.2 05", "a 05 11:00 0.3 05"]);
    assert_eq!(withdrawn(&database, DAY_2), (2, 0, 0));
    assert_eq!(rows(&database), Vec::<String>::new());

    // Neither the same bytes land again, nor what is older, whether it was seen before or not.
    folder.write(&format!("copy/{}", dump_name(DAY_2)), json(&[("a", "2020-05-05 11:00:00", "0.3")]));
    folder.write_at(
        &format!("old/{}", dump_name(DAY_2)),
        json(&[("a", "2020-05-04 10:00:00", "0.9")]),
        1_000,
    );
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.superseded, report.unchanged), (0, 1, 2));
    assert_eq!((report.rows_new, report.rows_outdated), (0, 1));
    assert_eq!(rows(&database), Vec::<String>::new());

    // What is newer lands as a revision, and can be withdrawn in its turn.
    folder.dump(DAY_2, &[("a", "2020-05-05 12:00:00", "0.4"), ("a", "2020-05-04 12:00:00", "0.5")]);
    assert_eq!(import(&database, &[folder.path()]).replaced, 1);
    assert_eq!(rows(&database), ["a 04 12:00 0.5 05", "a 05 12:00 0.4 05"]);
    assert_eq!(withdrawn(&database, DAY_2), (2, 0, 0));
    assert_eq!(rows(&database), Vec::<String>::new());
    assert_eq!(import(&database, &[folder.path()]).unchanged, 3);
}

/// More days than are worked out at once.
#[test]
fn a_dump_about_many_days_is_taken_back_from_all_of_them() {
    let times: Vec<String> = (1..=28)
        .flat_map(|day| [format!("2020-02-{day:02} 10:00:00"), format!("2020-03-{day:02} 10:00:00")])
        .collect();
    let quotes = |price| times.iter().map(|at| ("a", at.as_str(), price)).collect::<Vec<Quote<'_>>>();
    let (near, far) = (quotes("0.1"), quotes("0.2"));
    let (database, _folder) = landed(&[
        ("2020-03-31", &near),
        ("2020-04-01", &far),
        ("2020-03-03", &[("a", "2020-03-03 00:00:00", "0.3")]),
        ("2020-03-04", &[]),
        ("2020-03-20", &[("b", "2020-03-20 00:00:00", "0.3")]),
    ]);
    assert_eq!(withdrawn(&database, "2020-03-31"), (56, 56, 0));
    let rows = rows(&database);
    assert_eq!(rows.iter().filter(|row| row.contains("0.2 01")).count(), 56, "{rows:?}");
    assert_eq!(rows.len(), 58);
}

#[test]
fn other_accounts_and_regions_are_left_alone() {
    let (database, folder) = (Database::new(), Folder::new());
    let body = json(&[("a", "2020-05-04 10:00:00", "0.1"), ("a", "2020-05-03 10:00:00", "0.2")]);
    folder.write("spotprices_20200504_000000000001_eu-west-3.json", &body);
    folder.write("spotprices_20200504_000000000002_eu-west-3.json", &body);
    import(&database, &[folder.path()]);
    command(&database, &["spotprices_20200504_000000000001_eu-west-3.json"]).expect(0);
    assert_eq!(database.rows().len(), 2);
    assert_eq!(database.number("SELECT count(*) FROM spot_prices WHERE account_id = '000000000002'"), 2);
    database.check();
}

#[test]
fn a_dump_is_named_as_reports_print_it() {
    let (database, folder) = (Database::new(), Folder::new());
    let mut output = Vec::new();
    for (day, name) in [(DAY_1, "name"), (DAY_2, "key"), (DAY_3, "location")] {
        let path = folder.dump(day, &[("a", &format!("{day} 10:00:00"), "0.1")]);
        import(&database, &[folder.path()]);
        let key = match name {
            "name" => dump_name(day),
            "key" => path.to_str().unwrap().to_owned(),
            _ => format!("file://{}", path.display()),
        };
        let before = database.table("SELECT * FROM ledger, spot_days ORDER BY id");
        output.push(command(&database, &["--dry-run", &key]).expect(0).stdout);
        assert_eq!(database.rows().len(), 1, "a dry run changes nothing");
        assert_eq!(database.table("SELECT * FROM ledger, spot_days ORDER BY id"), before);
        output.push(command(&database, &[&key]).expect(0).stdout);
        assert_eq!(rows(&database), Vec::<String>::new());
    }
    insta::assert_snapshot!(output.concat(), @r"
    would be withdrawn: spotprices_20200504_123456789012_eu-west-3.json: 1 rows removed, 0 of them replaced by rows of other dumps; 0 deferred claims removed
    withdrawn: spotprices_20200504_123456789012_eu-west-3.json: 1 rows removed, 0 of them replaced by rows of other dumps; 0 deferred claims removed
    would be withdrawn: spotprices_20200505_123456789012_eu-west-3.json: 1 rows removed, 0 of them replaced by rows of other dumps; 0 deferred claims removed
    withdrawn: spotprices_20200505_123456789012_eu-west-3.json: 1 rows removed, 0 of them replaced by rows of other dumps; 0 deferred claims removed
    would be withdrawn: spotprices_20200506_123456789012_eu-west-3.json: 1 rows removed, 0 of them replaced by rows of other dumps; 0 deferred claims removed
    withdrawn: spotprices_20200506_123456789012_eu-west-3.json: 1 rows removed, 0 of them replaced by rows of other dumps; 0 deferred claims removed
    ");
}

#[test]
fn what_is_withdrawn_twice_was_withdrawn_before() {
    let (database, _folder) = landed(&[
        (DAY_1, &[("a", "2020-05-04 10:00:00", "0.1"), ("a", "2020-05-03 10:00:00", "0.1")]),
        (DAY_2, &[("a", "2020-05-04 10:00:00", "0.1")]),
    ]);
    let name = dump_name(DAY_1);
    let dry = command(&database, &["--json", "--dry-run", &name]).expect(0).json();
    let first = command(&database, &["--json", &name]).expect(0).json();
    let number = |key: &str| first[key].as_i64().unwrap();
    assert_eq!([number("rows_removed"), number("rows_restored"), number("claims_removed")], [2, 1, 0]);
    assert_eq!(
        (&first["before"], &first["dry_run"], &first["feed"]),
        (&false.into(), &false.into(), &"spot".into())
    );
    assert_eq!(
        (&dry["rows_removed"], &dry["dry_run"], &dry["withdrawn_at"]),
        (&2.into(), &true.into(), &serde_json::Value::Null)
    );
    let ledger = database.table("SELECT * FROM ledger ORDER BY id");
    for args in [&["--json", &name][..], &["--json", "--dry-run", &name]] {
        let again = command(&database, args).expect(0).json();
        assert_eq!((&again["before"], &again["rows_removed"]), (&true.into(), &0.into()));
        assert_eq!(again["withdrawn_at"], first["withdrawn_at"]);
    }
    let text = command(&database, &[&name]).expect(0).stdout;
    assert!(text.starts_with(&format!("{name} was withdrawn before on ")), "{text}");
    assert_eq!(database.table("SELECT * FROM ledger ORDER BY id"), ledger);
}

#[test]
fn what_is_not_known_or_was_rejected_is_told_from_it() {
    let (database, folder) = landed(&[(DAY_1, &[("a", "2020-05-04 10:00:00", "0.1")])]);
    let cut = folder.write(&dump_name(DAY_2), "[");
    let malformed = folder.write("spotprices_20200504_123_eu-west-3.json", "[]");
    import(&database, &[folder.path()]);
    let ledger = database.table("SELECT * FROM ledger ORDER BY id");
    for unknown in [dump_name(DAY_3), "20200504".to_owned(), "%".to_owned(), format!("{} ", dump_name(DAY_1))]
    {
        let run = command(&database, &[&unknown]).expect(2);
        assert!(run.stderr.contains(&format!("there is no dump `{unknown}`")), "{}", run.stderr);
        assert_eq!(run.stdout, "");
    }
    assert!(command(&database, &[""]).expect(2).stderr.contains("KEY"));
    for rejected in [dump_name(DAY_2), cut.display().to_string(), malformed.display().to_string()] {
        let error = command(&database, &[&rejected]).error();
        assert!(error.starts_with(&format!("{rejected} was rejected (")), "{error}");
        assert!(error.ends_with("nothing of it is stored, so there is nothing to withdraw"), "{error}");
    }
    assert_eq!(database.table("SELECT * FROM ledger ORDER BY id"), ledger);

    // Rejected since, but an earlier revision landed: that is the one there is to withdraw.
    folder.write(&dump_name(DAY_1), "[");
    import(&database, &[folder.path()]);
    command(&database, &[&dump_name(DAY_1)]).expect(0);
    assert_eq!(rows(&database), Vec::<String>::new());
}

#[test]
fn a_text_that_means_several_dumps_withdraws_none() {
    let (database, folder) = (Database::new(), Folder::new());
    let name = "freightrates_20200504_1.csv";
    folder.write(
        "rates.sql",
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/freight/rates.sql")).unwrap(),
    );
    let body = "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-01-31,1\n";
    folder.write(name, body);
    import(&database, &[folder.path()]);
    let prices = || database.number("SELECT count(*) FROM freight_prices");
    // A sender may choose any key, also the name of a file.
    let upload =
        Upload::receive(Freight, name, upload_name(name, Format::Csv), &mut body.as_bytes()).unwrap();
    upload.store(&mut database.connect()).unwrap();
    let before = prices();
    let run = command(&database, &[name]).expect(2);
    assert_eq!(prices(), before);
    let output = run.stderr.replace(folder.path().to_str().unwrap(), "/[folder]");
    insta::assert_snapshot!(output, @r"
    error: `freightrates_20200504_1.csv` may mean any of 2 dumps: write the location of one of them
      api/freightrates_20200504_1.csv.csv (freight), seen at api/freightrates_20200504_1.csv
      freightrates_20200504_1.csv (freight), seen at file:///[folder]/freightrates_20200504_1.csv

    Usage: landfall withdraw [OPTIONS] <KEY>

    For more information, try '--help'.
    ");
    // Each has a location of its own.
    command(&database, &[&format!("api/{name}")]).expect(0);
    command(&database, &[&format!("file://{}/{name}", folder.path().display())]).expect(0);
    assert_eq!(prices(), before - 2);
}

/// Withdrawn by mistake: the same dump, with a line end more, lands again.
#[test]
fn a_withdrawal_is_undone_by_delivering_other_bytes() {
    let quotes: &[Quote<'_>] = &[("a", "2020-05-04 10:00:00", "0.1"), ("a", "2020-05-03 10:00:00", "0.2")];
    let (database, folder) = landed(&[(DAY_1, quotes)]);
    let before = rows(&database);
    command(&database, &[&dump_name(DAY_1)]).expect(0);
    folder.write(&dump_name(DAY_1), json(quotes));
    assert_eq!(import(&database, &[folder.path()]).unchanged, 1);
    assert_eq!(rows(&database), Vec::<String>::new());
    folder.write(&dump_name(DAY_1), json(quotes) + "\n");
    assert_eq!(import(&database, &[folder.path()]).landed, 1);
    assert_eq!(rows(&database), before);
}
