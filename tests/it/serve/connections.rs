//! A database that accepts too few connections.

use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;

use super::{lane, with_rates};
use crate::support::{Database, Landfall, Response, Server};

const POOLS: &str = "/v1/spot/pools";

/// Serves as a new role with a connection limit.
fn serve(database: &Database, limit: usize, options: &[&str]) -> Server {
    let role = format!("few_{}", database.name);
    database.execute(&format!("CREATE ROLE {role} LOGIN IN ROLE landfall CONNECTION LIMIT {limit}"));
    let url = database.url.secret().replace("landfall@", &format!("{role}@"));
    Server::start(|args| Landfall::bare(args).env("DATABASE_URL", &url), options)
}

fn sessions(database: &Database) -> i64 {
    let name = &database.name;
    database.number(&format!("SELECT count(*) FROM pg_stat_activity WHERE usename = 'few_{name}'"))
}

/// Stops the server; returns the lines of its log since it listens.
fn log(server: Server, level: &str) -> Vec<String> {
    server.terminate();
    let (code, lines) = server.wait();
    assert_eq!(code, Some(0));
    lines.iter().filter(|line| line["level"] == level).map(ToString::to_string).collect()
}

#[test]
fn queries_share_the_available_connections() {
    let database = with_rates();
    let server = serve(&database, 12, &["--readers", "16"]);
    // They all wait, so each takes a connection if it gets one.
    let mut lock = database.connect();
    lock.batch_execute("BEGIN; LOCK TABLE spot_pools, freight_places").unwrap();
    let rates = lane(31, 31, "CNGGZ", "EETLL");
    let responses: Vec<Response> = thread::scope(|scope| {
        let requests: Vec<_> = (0..32)
            .map(|number| {
                let (server, path) = (&server, if number % 2 == 0 { rates.as_str() } else { POOLS });
                scope.spawn(move || server.get(path))
            })
            .collect();
        // Twelve, less two for batches and six for others; the first of each kind is opened in any case.
        while sessions(&database) < 4 {
            thread::sleep(Duration::from_millis(10));
        }
        thread::sleep(Duration::from_millis(300));
        // Each of the two kinds may just be opening another one.
        assert!(sessions(&database) <= 6, "{} sessions", sessions(&database));
        lock.batch_execute("ROLLBACK").unwrap();
        requests.into_iter().map(|request| request.join().unwrap()).collect()
    });
    for response in &responses {
        let expected = if response.status == 200 { "" } else { "1" };
        assert!([200, 503].contains(&response.status), "{response:?}");
        assert_eq!(response.header("retry-after"), expected, "{response:?}");
        if response.status == 503 {
            let detail = "all database connections are in use: retry later";
            assert_eq!(response.json()["detail"], detail, "{response:?}");
        }
    }
    assert!(responses.iter().filter(|response| response.status == 200).count() >= 4, "{responses:?}");
    // A batch and a readiness check still get a connection.
    server.post("a", "text/csv", "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-01-31,10\n").expect(201);
    server.get("/readyz").expect(200);
    let errors = log(server, "ERROR");
    assert!(
        errors.iter().all(|error| error.contains("all connections to the database are busy")),
        "{errors:?}"
    );
}

#[test]
fn a_rejected_connection_is_503_and_logged_once() {
    let database = with_rates();
    let server = serve(&database, 9, &["--readers", "4"]);
    server.get(&lane(31, 31, "CNGGZ", "EETLL")).expect(200);
    let role = format!("few_{}", database.name);
    database.execute(&format!("ALTER ROLE {role} CONNECTION LIMIT 1"));
    // Queries of spot prices have no connection yet, and get none.
    for _ in 0..20 {
        assert_eq!(server.get(POOLS).expect(503).header("retry-after"), "1");
        server.get(&lane(31, 31, "CNGGZ", "EETLL")).expect(200);
    }
    let batch = server.post("a", "text/csv", "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-01-31,10\n");
    assert_eq!(batch.expect(503).header("retry-after"), "1");
    database.execute(&format!("ALTER ROLE {role} CONNECTION LIMIT 9"));
    server.get(POOLS).expect(200);
    let errors = log(server, "ERROR");
    // One of the queries, as long as they take less than five seconds; one of the batch.
    assert!((1..5).contains(&errors.len()), "{errors:?}");
}

#[test]
fn too_many_readers_are_logged_at_the_start() {
    let database = with_rates();
    let warns = |limit, readers: &str| {
        let role = format!("told_{}_{limit}", database.name);
        database.execute(&format!("CREATE ROLE {role} LOGIN IN ROLE landfall CONNECTION LIMIT {limit}"));
        let url = database.url.secret().replace("landfall@", &format!("{role}@"));
        // It ends at once, as its address is of no machine.
        let args = ["serve", "--listen", "192.0.2.1:1", "--readers", readers];
        let run = Landfall::bare(&args).env("DATABASE_URL", &url).run().expect(1);
        run.messages().iter().any(|message| message.contains("lower --readers or raise max_connections"))
    };
    assert!(warns(13, "2"));
    assert!(!warns(14, "2"), "two each, one that streams, one for readiness, two batches, six for others");
}
