//! Writers of different markets do not wait for each other, and nothing that they share goes wrong.

use std::thread;

use diesel::{Connection, PgConnection};
use landfall::db;

use crate::support::{Database, Folder, dump_name_of, import, json, wait_until};

const ACCOUNTS: [&str; 4] = ["100000000001", "100000000002", "100000000003", "100000000004"];

fn scope(account: &str) -> String {
    format!("{account}/eu-west-3")
}

/// The dumps of a day, one for each account.
fn dumps(folder: &Folder, day: &str, accounts: &[&str], pools: &[&str]) {
    for account in accounts {
        let times: Vec<String> = pools.iter().map(|_| format!("{day} 10:00:00")).collect();
        let quotes: Vec<_> =
            pools.iter().zip(&times).map(|(pool, time)| (*pool, time.as_str(), "0.1")).collect();
        folder.write(&dump_name_of(account, day), json(&quotes));
    }
}

fn landed(database: &Database, account: &str) -> i64 {
    database
        .number(&format!("SELECT count(*) FROM ledger WHERE account_id = '{account}' AND status = 'landed'"))
}

/// Does something while another writer has the locks of some scopes.
fn while_locked<T>(
    database: &Database,
    lock: impl FnOnce(&mut PgConnection) -> diesel::QueryResult<()>,
    meanwhile: impl FnOnce() -> T,
) -> T {
    let mut connection = database.connect();
    let mut done = None;
    let rolled_back = connection.transaction(|connection| {
        lock(connection)?;
        done = Some(meanwhile());
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    assert!(rolled_back.is_err());
    done.unwrap()
}

fn waiting_for_locks(database: &Database) -> i64 {
    database.number(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = 'advisory'",
    )
}

#[test]
fn one_run_commits_other_markets_while_one_is_locked() {
    let (database, folder) = (Database::new(), Folder::new());
    dumps(&folder, "2020-05-04", &ACCOUNTS[..2], &["a"]);
    thread::scope(|threads| {
        let run = while_locked(
            &database,
            |connection| db::lock_scopes(connection, "spot", [scope(ACCOUNTS[0]).as_str()]),
            || {
                let run = threads.spawn(|| import(&database, &[folder.path()]));
                wait_until("the other market is committed", || landed(&database, ACCOUNTS[1]) == 1);
                wait_until("the locked one waits", || waiting_for_locks(&database) == 1);
                assert_eq!(landed(&database, ACCOUNTS[0]), 0);
                run
            },
        );
        assert_eq!(run.join().unwrap().landed, 2);
    });
    database.check();
}

#[test]
fn importers_of_different_markets_do_not_wait_for_each_other_and_one_who_is_alone_does() {
    let database = Database::new();
    let folders = [Folder::new(), Folder::new()];
    for (folder, account) in folders.iter().zip(ACCOUNTS) {
        dumps(folder, "2020-05-04", &[account], &["a"]);
    }
    while_locked(
        &database,
        |connection| db::lock_scopes(connection, "spot", [scope(ACCOUNTS[0]).as_str()]),
        || assert_eq!(import(&database, &[folders[1].path()]).landed, 1),
    );
    // A migration, for instance, keeps everybody out.
    thread::scope(|threads| {
        let run = while_locked(
            &database,
            |connection| db::lock_feed(connection, "spot"),
            || {
                let run = threads.spawn(|| import(&database, &[folders[0].path()]));
                wait_until("it waits", || waiting_for_locks(&database) == 1);
                run
            },
        );
        assert_eq!(run.join().unwrap().landed, 1);
    });
    database.check();
}

#[test]
fn a_batch_of_very_many_markets_takes_the_feeds_lock_instead() {
    let (database, folder) = (Database::new(), Folder::new());
    let accounts: Vec<String> =
        (0..200).map(|number| format!("{:012}", 100_000_000_000_u64 + number)).collect();
    let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
    dumps(&folder, "2020-05-04", &accounts, &["a", "b"]);
    assert_eq!(import(&database, &[folder.path()]).rows_new, 400);
    database.check();
}

/// A new market in each of four importers, and in each of their lanes: months, pools and summaries are made by all at once.
#[test]
fn racing_importers_share_months_and_keep_their_pools_apart() {
    let database = Database::new();
    let pools: Vec<String> = ('a'..='z').flat_map(|a| ('a'..='c').map(move |b| format!("{a}{b}"))).collect();
    let pools: Vec<&str> = pools.iter().map(String::as_str).collect();
    let folders: Vec<Folder> = ACCOUNTS
        .iter()
        .enumerate()
        .map(|(number, account)| {
            let folder = Folder::new();
            for (day, count) in [("2020-04-30", 40), ("2020-05-01", 41), ("2020-05-31", 78)] {
                dumps(&folder, day, &[account, ACCOUNTS[(number + 1) % 4]], &pools[..count]);
            }
            folder
        })
        .collect();
    thread::scope(|threads| {
        for folder in &folders {
            threads.spawn(|| import(&database, &[folder.path()]));
        }
    });
    assert_eq!(database.number("SELECT count(*) FROM spot_prices"), 4 * (40 + 41 + 78));
    assert_eq!(database.number("SELECT count(*) FROM spot_pools"), 4 * 78);
    let shared = "SELECT count(*) FROM (
        SELECT FROM spot_pools GROUP BY id / 28 HAVING count(DISTINCT account_id) > 1
    ) AS shared";
    assert_eq!(database.number(shared), 0);
    // 78 pools in three blocks, though they came in several batches.
    assert_eq!(database.number("SELECT count(DISTINCT id / 28) FROM spot_pools"), 4 * 3);
    database.check();
}

/// The pools of older versions are numbered one after another, whatever their market.
#[test]
fn numbers_that_other_markets_have_are_not_taken_again() {
    let (database, folder) = (Database::new(), Folder::new());
    database.execute(
        "INSERT INTO spot_pools (id, account_id, region, availability_zone, instance_type, product_description)
         VALUES (1, '100000000001', 'eu-west-3', 'eu-west-3a', 'c5.large', 'Linux/UNIX'),
                (2, '100000000002', 'eu-west-3', 'eu-west-3a', 'c5.large', 'Linux/UNIX')",
    );
    dumps(&folder, "2020-05-04", &ACCOUNTS[..2], &["a", "b"]);
    import(&database, &[folder.path()]);
    assert_eq!(database.number("SELECT count(DISTINCT id) FROM spot_pools"), 4);
    let ids = database.table("SELECT id FROM spot_pools WHERE id > 2 ORDER BY id");
    assert_eq!(ids, "3\n4\n");
    database.check();
}
