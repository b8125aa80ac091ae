//! Summaries of pools' days. That they agree with the rows, `Database::check` finds after each test of landing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use landfall::db;
use landfall::feed::spot::simulate::{DEFAULT_CHANGES_PER_DAY, Simulation};

use crate::migrations::revert;
use crate::support::{Database, Folder, import};

const DAY: i64 = 86_400;

/// Seconds since 1970.
fn seconds(instant: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(instant).unwrap().timestamp()
}

/// A price in millionths, read from its text.
fn micros(price: &str) -> i128 {
    let (whole, fraction) = price.split_once('.').unwrap_or((price, ""));
    format!("{whole}{fraction:0<6}").parse().unwrap()
}

/// The average of each pool's day, second by second, straight from the bytes of the dumps.
///
/// With `LANDFALL_DUMPS` it is done for the dumps of one market in that folder, too.
#[test]
fn averages_are_those_of_every_second() {
    let folders = [Some("examples/dumps".into()), std::env::var_os("LANDFALL_DUMPS").map(PathBuf::from)];
    for folder in folders.into_iter().flatten() {
        let (mut pools, mut days) = (BTreeMap::<_, BTreeMap<i64, i128>>::new(), BTreeSet::new());
        for dump in fs::read_dir(&folder).unwrap() {
            let path = dump.unwrap().path();
            let name: Vec<&str> = path.file_stem().unwrap().to_str().unwrap().split('_').collect();
            days.insert(seconds(&format!(
                "{}-{}-{}T00:00:00Z",
                &name[1][..4],
                &name[1][4..6],
                &name[1][6..]
            )));
            let body: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            for record in body.as_array().unwrap() {
                let text = |field: &str| record[field].as_str().unwrap();
                let pool = ["AvailabilityZone", "InstanceType", "ProductDescription"].map(text).join(" | ");
                let price = micros(text("SpotPrice"));
                pools.entry(pool).or_default().insert(seconds(text("Timestamp")), price);
            }
        }
        let mut expected = String::new();
        for (pool, records) in &pools {
            for day in &days {
                let (mut sum, mut covered) = (0, 0);
                let mut prices = records.range(day - 36 * 3600..).peekable();
                let mut last = None;
                for second in *day..day + DAY {
                    while let Some(record) = prices.next_if(|(at, _)| **at <= second) {
                        last = Some(record);
                    }
                    if let Some((at, price)) = last.filter(|(at, _)| second - **at < 36 * 3600) {
                        assert!(*at <= second);
                        sum += price;
                        covered += 1;
                    }
                }
                if covered > 0 {
                    // Ten decimals, rounded half up.
                    let average = (sum * 20_000 + covered) / (2 * covered);
                    let (whole, fraction) = (average / 10_000_000_000, average % 10_000_000_000);
                    let date = chrono::DateTime::from_timestamp(*day, 0).unwrap().date_naive();
                    expected += &format!("{pool} | {date} | {whole}.{fraction:010} | {covered}\n");
                }
            }
        }
        let database = Database::new();
        import(&database, &[&folder]);
        let found = database.table(
            r#"SELECT availability_zone, instance_type, product_description, day, average, covered_seconds::bigint
               FROM spot_daily
               ORDER BY 1, 2, 3, 4"#,
        );
        assert!(found.lines().count() > 300);
        assert_eq!(found, expected);
    }
}

/// A database that had dumps before there were summaries gets the same.
#[test]
fn the_migration_summarises_what_has_landed() {
    let (database, folder) = (Database::new(), Folder::new());
    let simulation = Simulation {
        accounts: 2,
        regions: vec!["eu-west-3".into()],
        pools: 200,
        first_day: chrono::NaiveDate::from_ymd_opt(2020, 4, 28).unwrap(),
        days: 6,
        changes_per_day: DEFAULT_CHANGES_PER_DAY,
        seed: 1,
    };
    // Days are missing, and pools fall silent there.
    for dump in simulation.dumps().step_by(2) {
        let mut body = Vec::new();
        dump.write_json(&mut body).unwrap();
        folder.write(&dump.name, body);
    }
    import(&database, &[folder.path()]);
    let summaries = || database.table("SELECT * FROM spot_summaries ORDER BY account_id, region, day, piece");
    let landed = summaries();
    assert!(landed.lines().count() >= 12);
    let mut connection = database.connect();
    revert(&mut connection, "000005");
    db::migrate(&mut connection).unwrap();
    assert_eq!(summaries(), landed);
    assert_eq!(database.number("SELECT count(*) FROM ledger WHERE NOT summarized"), 0, "all are there");
}

/// Days that an older version landed, before or after summaries were added, are summarized at the next import.
#[test]
fn summaries_that_an_older_version_did_not_make_are_made_by_the_next_import() {
    let (database, folder) = (Database::new(), Folder::new());
    for day in 4..=9 {
        let at = |hour| format!("2020-05-0{day} {hour}:00:00");
        folder.dump(&format!("2020-05-0{day}"), &[("a", &at(10), "0.1"), ("b", &at(12), "0.2")]);
    }
    // Has a price of a day long before its own.
    folder.dump("2020-05-11", &[("a", "2020-05-06 18:00:00", "0.7"), ("a", "2020-05-11 08:00:00", "0.3")]);
    import(&database, &[folder.path()]);
    let summaries = || database.table("SELECT * FROM spot_summaries ORDER BY account_id, region, day, piece");
    let landed = summaries();
    let nothing = Folder::new();

    // As 000005 leaves them: the last is there, but of other rows. The migrations find which those are.
    let mut connection = database.connect();
    revert(&mut connection, "000006");
    database.execute(
        "DELETE FROM spot_summaries WHERE day < '2020-05-06';
         UPDATE spot_summaries SET records = ARRAY[5], changes = ARRAY[0], pool_ids = pool_ids[1:1],
             covered = covered[1:1], opens = opens[1:1], closes = closes[1:1], lows = lows[1:1], highs = highs[1:1],
             averages = averages[1:1]
         WHERE day = '2020-05-11'",
    );
    assert_ne!(summaries(), landed);
    db::migrate(&mut connection).unwrap();
    assert_eq!(
        database.table("SELECT day FROM ledger WHERE NOT summarized ORDER BY 1"),
        "2020-05-04\n2020-05-05\n2020-05-11\n"
    );
    import(&database, &[nothing.path()]);
    assert_eq!(summaries(), landed);
    assert_eq!(database.number("SELECT count(*) FROM ledger WHERE NOT summarized"), 0);
    database.check();

    // As an older version leaves them, which knows neither summaries nor the column: its entries are marked.
    assert_eq!(
        database.table(
            "SELECT column_default FROM information_schema.columns
             WHERE table_name = 'ledger' AND column_name = 'summarized'"
        ),
        "false\n"
    );
    database.execute(
        "UPDATE ledger SET summarized = false WHERE day IN ('2020-05-04', '2020-05-11');
         DELETE FROM spot_summaries WHERE day IN ('2020-05-04', '2020-05-05', '2020-05-06', '2020-05-11')",
    );
    import(&database, &[nothing.path()]);
    assert_eq!(summaries(), landed, "also of the days after the dump's, and of the one it spoke of");
    database.check();
}
