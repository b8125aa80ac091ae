//! Months that land as a whole.

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use landfall::feed::spot::simulate::Simulation;
use landfall::ingest::Bulk;

use crate::support::{Database, Folder, Landfall, import_in};

/// Some markets over three months.
fn simulated() -> Folder {
    Folder::simulated(&Simulation {
        accounts: 2,
        regions: vec!["eu-west-3".to_owned(), "us-east-1".to_owned()],
        pools: 40,
        first_day: NaiveDate::from_ymd_opt(2020, 1, 25).unwrap(),
        days: 40,
        changes_per_day: 2.0,
        seed: 11,
    })
}

/// Everything that is stored of prices, without the numbers that another run gives to dumps and pools.
fn contents(database: &Database) -> String {
    [
        "SELECT availability_zone, instance_type, product_description, price, \"timestamp\", name FROM spot_prices JOIN ledger ON ledger.id = dump_id",
        "TABLE spot_daily",
        "TABLE spot_days",
        "SELECT feed, part, row_count FROM feed_parts",
        "SELECT pool.availability_zone, pool.instance_type, pool.product_description, pool.account_id, carried.day, ledger.name, instant, claimed
         FROM spot_carried AS carried
         CROSS JOIN unnest(pool_ids, instants, micros) AS claim (pool_id, instant, claimed)
         JOIN spot_pools AS pool ON pool.id = pool_id
         JOIN ledger ON ledger.id = dump_id",
        "SELECT name, status, records, rows_outdated, rows_disagreeing FROM ledger",
    ]
    .map(|sql| database.table(&format!("SELECT * FROM ({sql}) AS content ORDER BY content::text")))
    .join("\n")
}

/// Partitions with their bounds, indexes and constraints, and the storage of their columns.
fn definitions(database: &Database) -> String {
    database.table(
        "SELECT partition.relname, pg_get_expr(partition.relpartbound, partition.oid),
                (SELECT string_agg(indexdef, ' ' ORDER BY indexdef) FROM pg_indexes WHERE tablename = partition.relname),
                (SELECT string_agg(conname || pg_get_constraintdef(oid), ' ' ORDER BY conname) FROM pg_constraint WHERE conrelid = partition.oid),
                (SELECT string_agg(attname || attstorage::text || attnotnull, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = partition.oid)
         FROM pg_class AS partition WHERE relispartition AND relkind = 'r' ORDER BY relname",
    )
}

/// How many rows of a month came in the transaction that built the key of its partition, and how many came otherwise.
fn with_key(database: &Database, month: &str) -> (i64, i64) {
    let partition = format!("spot_observations_{month}");
    let came = format!(
        "SELECT count(*) FROM {partition} AS row
         WHERE (row.xmin = (SELECT xmin FROM pg_index WHERE indrelid = '{partition}'::regclass AND indisprimary))"
    );
    (database.number(&came), database.number(&format!("{came} IS FALSE")))
}

fn landed_whole(database: &Database, month: &str) -> bool {
    matches!(with_key(database, month), (1.., 0))
}

#[test]
fn a_month_is_the_same_whether_it_lands_whole_or_in_batches() {
    let folder = simulated();
    let [whole, batches] = [Bulk::Always, Bulk::Never].map(|bulk| {
        let database = Database::new();
        let report = import_in(bulk, &database, &[folder.path()]);
        assert_eq!((report.landed, report.records as i64), (160, report.rows_new + report.rows_repeated));
        database.check();
        let again = import_in(bulk, &database, &[folder.path()]);
        assert_eq!((again.landed, again.unchanged), (0, 160));
        database
    });
    assert_eq!(contents(&whole), contents(&batches));
    assert_eq!(definitions(&whole), definitions(&batches));
    for month in ["2020_01", "2020_02", "2020_03"] {
        assert!(landed_whole(&whole, month), "{month}");
    }
    assert_eq!(with_key(&batches, "2020_02").0, 0);
}

#[test]
fn a_month_with_rows_lands_in_batches() {
    let (database, folder) = (Database::new(), simulated());
    let one = Folder::new();
    one.dump("2020-02-10", &[("a", "2020-02-10 10:00:00", "0.1")]);
    import_in(Bulk::Always, &database, &[one.path()]);
    assert_eq!(import_in(Bulk::Always, &database, &[folder.path()]).landed, 160);
    database.check();
    assert!(landed_whole(&database, "2020_01") && landed_whole(&database, "2020_03"));
    assert!(!landed_whole(&database, "2020_02"));
}

#[test]
fn a_dump_with_prices_of_the_next_month_does_not_keep_that_from_landing_whole() {
    let (database, folder) = (Database::new(), simulated());
    folder.dump(
        "2020-01-31",
        &[
            ("a", "2020-01-31 10:00:00", "0.1"),
            ("b", "2020-02-01 00:00:05", "0.2"),
            ("c", "2020-02-03 00:00:00", "0.3"),
        ],
    );
    assert_eq!(import_in(Bulk::Always, &database, &[folder.path()]).landed, 161);
    database.check();
    let batches = Database::new();
    import_in(Bulk::Never, &batches, &[folder.path()]);
    assert_eq!(contents(&database), contents(&batches));
    assert!(landed_whole(&database, "2020_03"));
    assert!(matches!(with_key(&database, "2020_02"), (1_000.., 2)), "{:?}", with_key(&database, "2020_02"));
}

#[test]
fn a_rejected_dump_and_a_second_copy_do_not_keep_a_month_from_landing_whole() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1"), ("a", "2020-05-03 10:00:00", "0.2")]);
    folder.dump("2020-05-05", &[("a", "2020-05-05 10:00:00", "-1")]);
    folder.dump("2020-05-06", &[]);
    let copy = Folder::new();
    copy.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1"), ("a", "2020-05-03 10:00:00", "0.2")]);
    let report = import_in(Bulk::Always, &database, &[folder.path(), copy.path()]);
    assert_eq!((report.landed, report.unchanged, report.rejected.len()), (2, 1, 1));
    database.check();
    assert_eq!(database.rows().len(), 2);
}

#[test]
fn a_month_that_cannot_land_whole_lands_in_batches() {
    let (database, folder) = (Database::new(), simulated());
    // As if the disk had been full for a moment.
    database
        .connect()
        .batch_execute(
            "ALTER FUNCTION spot_end_load RENAME TO end_load;
             CREATE FUNCTION spot_end_load(parent text, month date) RETURNS void LANGUAGE plpgsql AS $$
             BEGIN
                 IF parent = 'spot_summaries' AND month = '2020-02-01' THEN
                     RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'no space left';
                 END IF;
                 PERFORM end_load(parent, month);
             END $$",
        )
        .unwrap();
    assert_eq!(import_in(Bulk::Always, &database, &[folder.path()]).landed, 160);
    database.check();
    assert!(!landed_whole(&database, "2020_02") && landed_whole(&database, "2020_03"));
    // The load after it has cleared away what that one left.
    assert_eq!(database.number("SELECT count(*) FROM pg_class WHERE relname LIKE '%loading%'"), 0);
}

#[test]
fn the_log_says_why_a_month_does_not_land_whole() {
    let (database, folder) = (Database::new(), simulated());
    // In the way of the table.
    database.connect().batch_execute("CREATE VIEW spot_summaries_loading AS SELECT 1 AS one").unwrap();
    let run = Landfall::on(&database, &["import", "--bulk", "always"]).arg(folder.path()).run().expect(0);
    assert!(run.stderr.contains("is not a table"), "{}", run.stderr);
    assert!(!landed_whole(&database, "2020_02"));
    database.check();
    // Whatever was loaded is gone.
    assert_eq!(database.number("SELECT count(*) FROM pg_tables WHERE tablename LIKE '%loading%'"), 0);
}

#[test]
fn whoever_reads_what_a_failed_load_left_keeps_nobody_waiting() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2020-05-04", &[("a", "2020-05-04 10:00:00", "0.1")]);
    let mut backup = database.connect();
    backup
        .batch_execute("CREATE TABLE spot_observations_loading (); BEGIN; TABLE spot_observations_loading")
        .unwrap();
    assert_eq!(import_in(Bulk::Always, &database, &[folder.path()]).landed, 1);
    assert!(!landed_whole(&database, "2020_05"));
    backup.batch_execute("ROLLBACK").unwrap();
    database.check();
}

#[test]
fn a_month_may_take_longer_than_a_transaction_may_wait() {
    let (database, folder) = (Database::new(), simulated());
    database
        .connect()
        .batch_execute(
            "ALTER FUNCTION spot_begin_load RENAME TO begin_load;
             CREATE FUNCTION spot_begin_load(month date) RETURNS void LANGUAGE plpgsql AS $$
             BEGIN
                 PERFORM begin_load(month);
                 SET LOCAL idle_in_transaction_session_timeout = '50ms';
             END $$;
             ALTER TABLE spot_summaries ADD CHECK (pg_sleep(0.01) IS NOT NULL)",
        )
        .unwrap();
    import_in(Bulk::Always, &database, &[folder.path()]);
    for month in ["2020_01", "2020_02", "2020_03"] {
        assert!(landed_whole(&database, month), "{month}");
    }
}
