//! Every statement of a query sees the same data, whatever lands meanwhile.

use std::thread;
use std::time::Duration;

use diesel::PgConnection;
use diesel::connection::SimpleConnection;

use super::spot::{read, with_many_records};
use crate::spot_answers::written;
use crate::support::{Database, Landfall, Server};

/// Runs a query that waits in its middle for a table, and changes that table meanwhile.
fn run_while<T: Send>(database: &Database, table: &str, change: &str, query: impl FnOnce() -> T + Send) -> T {
    let mut holder = database.connect();
    holder.batch_execute(&format!("BEGIN; LOCK TABLE {table}")).unwrap();
    thread::scope(|scope| {
        let running = scope.spawn(query);
        while waiting(database) == 0 {
            assert!(!running.is_finished(), "it does not read {table}");
            thread::sleep(Duration::from_millis(10));
        }
        commit(&mut holder, change);
        running.join().unwrap()
    })
}

fn waiting(database: &Database) -> i64 {
    let name = &database.name;
    database.number(&format!(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
         WHERE datname = '{name}' AND locktype = 'relation' AND NOT granted"
    ))
}

fn commit(holder: &mut PgConnection, change: &str) {
    holder.batch_execute(&format!("{change}; COMMIT")).unwrap();
}

#[test]
fn a_query_over_http_reads_one_snapshot() {
    let database = written();
    let server = Server::on(&database);
    let days = "region=eu-west-3&from=2026-11-01&to=2026-11-03";
    // The table that is read after the first statement, and a change there.
    let pools = ("spot_pools", "UPDATE spot_pools SET product_description = product_description || '!'");
    let ledger = ("ledger", "UPDATE ledger SET status = 'superseded' WHERE status = 'landed'");
    for ((table, change), path) in [
        (pools, "/v1/spot/at?time=2026-11-02T13:00:00Z".to_owned()),
        (pools, format!("/v1/spot/daily?{days}")),
        (pools, format!("/v1/spot/monthly?{days}")),
        (ledger, format!("/v1/spot/cheapest?{days}&min_coverage=0")),
        (ledger, format!("/v1/spot/prices?{days}&limit=2")),
        (ledger, format!("/v1/spot/prices?{days}")),
    ] {
        let before = server.get(&path).expect(200);
        database.execute("CREATE TABLE kept AS SELECT id, status FROM ledger");
        let meanwhile = run_while(&database, table, change, || server.get(&path).expect(200));
        assert_eq!(meanwhile.body, before.body, "{path}");
        let after = server.get(&path).expect(200);
        assert_ne!(after.body, before.body, "{path}: the change shows");
        database.execute(
            "UPDATE spot_pools SET product_description = replace(product_description, '!', '');
             UPDATE ledger SET status = kept.status FROM kept WHERE kept.id = ledger.id; DROP TABLE kept",
        );
    }
}

#[test]
fn a_command_reads_one_snapshot() {
    let database = written();
    let days = ["--region", "eu-west-3", "--from", "2026-11-01", "--to", "2026-11-02"];
    for (command, rest) in [
        ("prices", vec!["--format", "csv"]),
        ("cheapest", vec!["--format", "csv"]),
        ("chart", vec!["--zone", "eu-west-3a", "--output", "-"]),
    ] {
        let run =
            || Landfall::on(&database, &[&["--quiet", command], &days[..], &rest].concat()).run().expect(0);
        let before = run().stdout;
        let change = "UPDATE spot_pools SET product_description = product_description || '!'";
        assert_eq!(run_while(&database, "spot_pools", change, run).stdout, before, "{command}");
        assert_ne!(run().stdout, before, "{command}: the change shows");
        database.execute("UPDATE spot_pools SET product_description = replace(product_description, '!', '')");
    }
}

#[test]
fn a_streamed_response_is_one_snapshot() {
    let (database, path) = with_many_records();
    let server = Server::on(&database);
    let (_, lines) = read(&server, path, "application/x-ndjson", |lines| {
        if lines == 1_000 {
            database.execute("DELETE FROM spot_observations WHERE pool_id = 29");
        }
    })
    .unwrap();
    assert_eq!(lines, 200_000);
    assert_eq!(read(&server, path, "application/x-ndjson", |_| {}).unwrap().1, 100_000);
    // It keeps no snapshot longer than it needs it.
    let name = &database.name;
    while database.number(&format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND state LIKE 'idle in transaction%'"
    )) > 0
    {
        thread::sleep(Duration::from_millis(10));
    }
}
