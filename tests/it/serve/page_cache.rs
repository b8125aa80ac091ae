//! The page reads the ledger again once it has changed, and only then.

use diesel::connection::SimpleConnection;
use landfall::ledger;

use super::with_rates;
use crate::support::{Database, Folder, Landfall, Server};

fn import(database: &Database, folder: &Folder, code: i32) {
    Landfall::on(database, &["--quiet", "import"]).arg(folder.path()).run().expect(code);
}

const TABLES: &str = "ledger, spot_pools, spot_days, spot_observations, spot_summaries";

#[test]
fn a_page_that_was_read_is_not_read_again() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2026-11-01", &[("a", "2026-11-01 00:00:00", "0.05")]);
    import(&database, &folder, 0);
    let server = Server::on(&database);
    let paths = ["/", "/?region=eu-west-3&zone=eu-west-3a"];
    let pages = paths.map(|path| server.get(path).expect(200).body);
    server.get("/chart.svg?region=eu-west-3&zone=eu-west-3a").expect(200);

    // Whoever reads one of these would wait.
    let mut lock = database.connect();
    lock.batch_execute(&format!("BEGIN; LOCK TABLE {TABLES}")).unwrap();
    for _ in 0..3 {
        assert_eq!(paths.map(|path| server.get(path).expect(200).body), pages);
        server.get("/chart.svg").expect(200);
        server.get("/chart.png?region=eu-west-3&zone=eu-west-3a").expect(200);
    }
    lock.batch_execute("ROLLBACK").unwrap();
}

#[test]
fn a_page_is_never_older_than_the_ledger() {
    let (database, folder) = (Database::new(), Folder::new());
    let server = Server::on(&database);
    let shows = |text: &str| {
        let page = server.get("/").expect(200).body;
        assert_eq!(server.get("/").expect(200).body, page);
        page.contains(text)
    };
    assert!(shows("Nothing has landed yet"));
    folder.dump("2026-11-01", &[("a", "2026-11-01 00:00:00", "0.05")]);
    import(&database, &folder, 0);
    assert!(shows("0.050000") && !shows("0.070000"));
    folder.dump("2026-11-01", &[("a", "2026-11-01 00:00:00", "0.07")]);
    import(&database, &folder, 0);
    assert!(shows("0.070000") && !shows("0.050000"), "a revision");
    folder.write("spotprices_20261102_123456789012_eu-west-3.json", "[{");
    import(&database, &folder, 3);
    assert!(shows("spotprices_20261102_123456789012_eu-west-3.json"), "a rejected dump");
    database.execute("UPDATE ledger SET reason = 'another reason' WHERE status = 'rejected'");
    assert!(shows("another reason"), "rejected again");
    folder.dump("2026-11-02", &[("a", "2026-11-02 00:00:00", "0.09")]);
    import(&database, &folder, 0);
    assert!(shows("0.090000") && !shows("another reason"), "fixed");
}

#[test]
fn whatever_changes_the_ledger_changes_its_state() {
    let database = with_rates();
    let server = Server::on(&database);
    let folder = Folder::new();
    let state = || ledger::ledger_state(&mut database.connect()).unwrap();
    let mut states = vec![state()];
    let mut changed = |what: &str| {
        let now = state();
        assert!(!states.contains(&now), "{what}");
        states.push(now);
    };
    folder.dump("2026-11-01", &[("a", "2026-11-01 00:00:00", "0.05")]);
    import(&database, &folder, 0);
    changed("a dump");
    let batch = server.post("a", "text/csv", "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-01-31,10\n");
    changed("a batch");
    server.delete(batch.expect(201).json()["id"].as_i64().unwrap()).expect(200);
    changed("a withdrawal, which makes no new entry");

    // Two feeds land at once. Ids of entries do not show that: the lower one is committed last.
    let write =
        "INSERT INTO ledger (feed, source, key, fingerprint, size, modified_at, status, reason) VALUES";
    let mut first = database.connect();
    first.batch_execute(&format!("BEGIN; {write} ('spot', 's', 'a', '', 0, now(), 'rejected', '')")).unwrap();
    database.execute(&format!("{write} ('freight', 's', 'b', '', 0, now(), 'rejected', '')"));
    changed("the second");
    first.batch_execute("COMMIT").unwrap();
    changed("the first");

    database.execute("DELETE FROM ledger WHERE source = 's'");
    changed("an entry that was deleted");

    let before = state();
    import(&database, &folder, 0);
    assert_eq!(state(), before, "nothing was there to land");
}

/// Pages never take all connections of questions about spot prices.
#[test]
fn few_pages_are_made_at_once() {
    let (database, folder) = (Database::new(), Folder::new());
    folder.dump("2026-11-01", &[("a", "2026-11-01 00:00:00", "0.05")]);
    import(&database, &folder, 0);
    let server = Server::with(&database, &["--readers", "2"]);
    let mut lock = database.connect();
    lock.batch_execute("BEGIN; LOCK TABLE spot_observations").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| server.get("/"));
        while !server.get("/metrics").body.contains("landfall_spot_database_connections_in_use 1") {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(server.get("/chart.svg?zone=eu-west-3b").expect(503).header("retry-after"), "1");
        server.get("/v1/spot/pools").expect(200);
        lock.batch_execute("ROLLBACK").unwrap();
        waiting.join().unwrap().expect(200);
    });
}
