//! The rules of landing, one by one.

use landfall::feed::freight::Freight;
use landfall::ingest::{Withdrawal, withdraw};

use crate::support::{Database, Folder, Landfall, import};

use super::{HEADER, check, csv, rates, sql, with_ports};

const LANE: &str = "CNGGZ NOOSL 2021-01-31 1244";

#[test]
fn a_dump_of_a_database_lands_whole_and_once() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write("rates.sql", sql(&[LANE, LANE, "NOOSL CNGGZ 2021-01-30 7"]));
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.records, report.rows_new), (1, 8, 8));
    // Equal prices are all kept.
    insta::assert_snapshot!(rates(&database), @r"
    CNGGZ NOOSL | 2021-01-31 | 1244 | rates.sql
    CNGGZ NOOSL | 2021-01-31 | 1244 | rates.sql
    NOOSL CNGGZ | 2021-01-30 | 7 | rates.sql
    ");
    insta::assert_snapshot!(
        database.table("SELECT slug, name, parent_slug FROM freight_regions UNION ALL SELECT code, name, parent_slug FROM freight_ports ORDER BY 1"),
        @r"
    CNGGZ | Guangzhou | china_main
    NOOSL | Oslo | norway
    china_main | China Main | -
    europe | Europe | -
    norway | Norway | europe
    "
    );
    let again = import(&database, &[folder.path()]);
    assert_eq!((again.landed, again.unchanged), (0, 1));
    assert_eq!(database.number("SELECT count(*) FROM freight_rates"), 3);
}

#[test]
fn batches_land_in_every_format_after_the_ports_they_name() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write("freightrates_20210201_1.csv", csv(&[1]));
    folder.write(
        "freightrates_20210201_2.json",
        r#"[{"orig_code":"CNGGZ","dest_code":"NOOSL","day":"2021-01-31","price":2}]"#,
    );
    folder.write(
        "freightrates_20210202_1.ndjson",
        r#"{"orig_code":"CNGGZ","dest_code":"NOOSL","day":"2021-01-31","price":3}"#,
    );
    folder.write("rates.sql", sql(&[]));
    // All in one transaction: what has no day comes first.
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rejected.len(), report.rows_new), (4, 0, 8));
    insta::assert_snapshot!(rates(&database), @r"
    CNGGZ NOOSL | 2021-01-31 | 1 | freightrates_20210201_1.csv
    CNGGZ NOOSL | 2021-01-31 | 2 | freightrates_20210201_2.json
    CNGGZ NOOSL | 2021-01-31 | 3 | freightrates_20210202_1.ndjson
    ");
    insta::assert_snapshot!(Landfall::on(&database, &["status"]).run().expect(0).stdout, @r"
    freight: 4 dumps landed, newest of 2021-02-02, 0 rejected
    all is well: nothing is rejected
    ");
}

#[test]
fn a_new_revision_takes_the_place_of_the_old_one() {
    let (database, folder) = with_ports();
    let name = "freightrates_20210201_1.csv";
    folder.write(name, csv(&[1, 1, 2]));
    import(&database, &[folder.path()]);
    folder.write(name, csv(&[1, 3]));
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.replaced, report.rows_new, report.rows_removed), (1, 2, 3));
    insta::assert_snapshot!(rates(&database), @r"
    CNGGZ NOOSL | 2021-01-31 | 1 | freightrates_20210201_1.csv
    CNGGZ NOOSL | 2021-01-31 | 3 | freightrates_20210201_1.csv
    ");

    // An older copy in another folder has no effect any more.
    folder.write_at(&format!("copy/{name}"), csv(&[9]), 1_000);
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.superseded, report.rows_outdated, report.rows_new), (1, 1, 0));
    assert_eq!(rates(&database).lines().count(), 2);
}

#[test]
fn an_unknown_port_refuses_the_batch_and_keeps_the_old_one() {
    let (database, folder) = with_ports();
    let name = "freightrates_20210201_1.csv";
    folder.write(name, csv(&[1]));
    import(&database, &[folder.path()]);
    let before = rates(&database);
    let body = format!("{}CNGGZ,SESTO,2021-01-31,2\nSESTO,DKAAR,2021-01-31,3\n", csv(&[1]));
    folder.write(name, &body);
    let report = import(&database, &[folder.path()]);
    assert_eq!(report.rejected.len(), 1);
    insta::assert_snapshot!(report.rejected[0].error, @"record 1, dest_code: the port `SESTO` is neither in the batch nor in the database (at byte 55)");
    assert_eq!(rates(&database), before);
    assert_eq!(
        database.table("SELECT status, reason_record, reason_field, records FROM ledger WHERE key LIKE '%.csv' ORDER BY id"),
        "landed | - | - | 1\nrejected | 1 | dest_code | 0\n"
    );
    // It is rejected until the ports are imported.
    assert_eq!(import(&database, &[folder.path()]).still_rejected, 1);
    Landfall::on(&database, &["retry"]).run().expect(3);
    assert_eq!(database.number("SELECT count(*) FROM ledger WHERE status = 'rejected'"), 1);
    let more = "COPY ports (code, name, parent_slug) FROM stdin;\nSESTO\tStockholm\teurope\nDKAAR\tAarhus\teurope\n\\.\n";
    folder.write("more_rates.sql", more);
    assert_eq!(import(&database, &[folder.path()]).landed, 1);
    Landfall::on(&database, &["retry"]).run().expect(0);
    assert_eq!(rates(&database).lines().count(), 3);
}

#[test]
fn a_refused_batch_keeps_no_other_of_its_transaction_out() {
    let (database, folder) = with_ports();
    for (number, port) in [(1, "NOOSL"), (2, "SESTO"), (3, "NOOSL")] {
        let body = format!("{HEADER}CNGGZ,{port},2021-01-31,{number}\n");
        folder.write(&format!("freightrates_20210201_{number}.csv"), body);
    }
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rejected.len(), report.rows_new), (2, 1, 2));
    insta::assert_snapshot!(rates(&database), @r"
    CNGGZ NOOSL | 2021-01-31 | 1 | freightrates_20210201_1.csv
    CNGGZ NOOSL | 2021-01-31 | 3 | freightrates_20210201_3.csv
    ");
}

#[test]
fn of_two_dumps_the_word_of_the_later_modified_stands_for_a_port() {
    let port = |name: &str| {
        format!("COPY ports (code, name, parent_slug) FROM stdin;\nCNGGZ\t{name}\teurope\n\\.\n")
    };
    for order in [["a", "b"], ["b", "a"]] {
        let (database, folder) = with_ports();
        for dump in order {
            let second = if dump == "a" { 1_700_000_001 } else { 1_700_000_002 };
            folder.write_at(&format!("{dump}_rates.sql"), port(dump), second);
            import(&database, &[folder.path()]);
            check(&database);
        }
        assert_eq!(
            database.table("SELECT name, parent_slug FROM freight_ports WHERE code = 'CNGGZ'"),
            "b | europe\n"
        );
    }
}

#[test]
fn regions_must_be_a_tree() {
    let (database, folder) = with_ports();
    let regions = |rows: &str| format!("COPY regions (slug, name, parent_slug) FROM stdin;\n{rows}\\.\n");
    let errors_of = |body: String| {
        folder.write("regions_rates.sql", body);
        let report = import(&database, &[folder.path()]);
        check(&database);
        report.rejected[0].error.to_string()
    };
    insta::assert_snapshot!(errors_of(regions("a\tA\tb\nb\tB\tnowhere\n")), @"record 1, parent_slug: the region `nowhere` is neither in the dump nor in the database (in regions) (at byte 57)");
    insta::assert_snapshot!(errors_of(regions("a\tA\tb\nb\tB\ta\n")), @"record 0, parent_slug: the region `a` is part of itself (cycle in regions) (at byte 51)");
    // Together with the stored regions: norway is part of europe.
    insta::assert_snapshot!(errors_of(regions("europe\tEurope\tnorway\n")), @"record 0, parent_slug: the region `europe` is part of itself (cycle in regions) (at byte 51)");
    insta::assert_snapshot!(
        errors_of("COPY ports (code, name, parent_slug) FROM stdin;\nSESTO\tStockholm\tsweden\n\\.\n".to_owned()),
        @"record 0, parent_slug: the region `sweden` is neither in the dump nor in the database (in ports) (at byte 49)"
    );
    assert_eq!(database.number("SELECT count(*) FROM freight_regions"), 3);
}

#[test]
fn a_withdrawn_batch_stays_away_until_it_comes_with_other_bytes() {
    let (database, folder) = with_ports();
    let name = "freightrates_20210201_1.csv";
    folder.write(name, csv(&[1, 2]));
    import(&database, &[folder.path()]);
    let mut connection = database.connect();
    let mut withdrawn = |id: i64| withdraw(&mut connection, &Freight, id as i32).unwrap();
    let id = database.number("SELECT max(id) FROM ledger");
    let Withdrawal::Withdrawn(entry, _) = withdrawn(id) else { panic!("not withdrawn") };
    assert_eq!((entry.status.as_str(), entry.rows_new, entry.rows_removed), ("withdrawn", 2, 2));
    assert_eq!(rates(&database), "");
    assert_eq!(withdrawn(id), Withdrawal::AlreadyWithdrawn(entry));
    assert_eq!(withdrawn(id + 1), Withdrawal::Unknown);

    // The same bytes, there and elsewhere, and older ones: still withdrawn.
    folder.write(name, csv(&[1, 2]));
    folder.write(&format!("copy/{name}"), csv(&[1, 2]));
    folder.write_at(&format!("old/{name}"), csv(&[3]), 1_000);
    let report = import(&database, &[folder.path()]);
    assert_eq!((report.landed, report.rows_new), (0, 0));
    assert_eq!(rates(&database), "");

    folder.write(name, csv(&[4]));
    assert_eq!(import(&database, &[folder.path()]).landed, 1);
    assert_eq!(rates(&database), format!("CNGGZ NOOSL | 2021-01-31 | 4 | {name}\n"));
    assert_eq!(
        database
            .number("SELECT count(*) FROM ledger WHERE status = 'withdrawn' AND withdrawn_at IS NOT NULL"),
        1
    );
    // What another has replaced cannot be withdrawn, nor what was rejected; what replaced it can.
    let id = database.number("SELECT max(id) FROM ledger");
    folder.write(name, "nonsense");
    import(&database, &[folder.path()]);
    assert!(matches!(withdrawn(id + 1), Withdrawal::NotCurrent(_)));
    assert!(matches!(withdrawn(id), Withdrawal::Withdrawn(..)));
    assert_eq!(rates(&database), "");
}

#[test]
fn dumps_of_other_feeds_are_not_known() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    import(&database, &[folder.path()]);
    assert_eq!(withdraw(&mut database.connect(), &Freight, 1).unwrap(), Withdrawal::Unknown);
    assert_eq!(database.rows().len(), 1);
    database.check();
}

/// More prices than fit in memory: they go through a scratch file and are written in chunks.
#[test]
fn a_batch_too_large_for_memory_lands_like_any_other() {
    let (database, folder) = with_ports();
    let count = 300_000;
    let body: String = (0..count).map(|price| format!("NOOSL,CNGGZ,2021-01-31,{price}\n")).collect();
    folder.write("freightrates_20210201_1.csv", HEADER.to_owned() + &body);
    assert_eq!(import(&database, &[folder.path()]).rows_new, count);
    assert_eq!(database.number("SELECT sum(price) FROM freight_rates"), (0..count).sum::<i64>());
    assert_eq!(database.number("SELECT count(DISTINCT price) FROM freight_rates"), count);
    check(&database);
}
