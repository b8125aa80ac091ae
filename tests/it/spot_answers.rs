//! Queries of spot prices, on a real Postgres.

mod commands;
mod model;
mod questions;

use chrono::NaiveDate;
use diesel::PgConnection;
use landfall::feed::spot::query::{Interval, Pool, PoolFilter, pools};

use crate::support::{Database, Folder, Landfall, import};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn interval(first: &str, last: &str) -> Interval {
    Interval::new(day(first), day(last)).unwrap()
}

/// Five simulated days of two regions for two accounts, without the third day of the first market.
pub(crate) fn simulated() -> Database {
    let (database, folder) = (Database::new(), Folder::new());
    Landfall::bare(&[
        "--quiet",
        "simulate",
        "--pools",
        "12",
        "--days",
        "5",
        "--accounts",
        "2",
        "--first-day",
        "2026-11-01",
        "--region",
        "eu-west-3",
        "--region",
        "us-east-1",
        "--changes-per-day",
        "3",
    ])
    .arg(folder.path())
    .run()
    .expect(0);
    let mut dumps: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    dumps.sort();
    let missing = dumps.iter().find(|path| path.to_str().unwrap().contains("20261103_")).unwrap();
    std::fs::remove_file(missing).unwrap();
    import(&database, &[folder.path()]);
    database
}

/// Four hand-written days: the second is empty, the fourth rejected, and the third never came.
pub(crate) fn written() -> Database {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump(
        "2026-11-01",
        &[
            ("a", "2026-10-31 18:00:00", "0.5"),
            ("a", "2026-11-01 06:00:00", "0.25"),
            ("a", "2026-11-01 18:00:00", "0.75"),
            ("b", "2026-11-01 12:00:00", "0.3"),
        ],
    );
    folder.dump("2026-11-02", &[]);
    folder.dump("2026-11-04", &[("a", "2026-11-04 00:00:00", "-1")]);
    import(&database, &[folder.path()]);
    database
}

fn all_pools(connection: &mut PgConnection) -> Vec<Pool> {
    pools(connection, &PoolFilter::default(), None, 1_000).unwrap()
}
