//! `GET /v1/spot/…`.

use std::io::BufRead;

use diesel::connection::SimpleConnection;
use serde_json::Value;

use super::{lane, with_rates};
use crate::spot_answers::{simulated, written};
use crate::support::{Database, Response, Server, agent};

/// Queries about the hand-written days.
const QUERIES: [&str; 12] = [
    "pools",
    "pools?instance_type=c?.*&limit=1",
    "prices?region=eu-west-3&from=2026-11-01&to=2026-11-03",
    "prices?region=eu-west-3&from=2026-11-01T06:00:00Z&to=2026-11-01T18:00:00Z&limit=1",
    "daily?region=eu-west-3&from=2026-11-01&to=2026-11-03&zone=eu-west-3a",
    "daily?region=eu-west-3&from=2026-11-01&to=2026-11-01&min_coverage=0.5&limit=2",
    "monthly?region=eu-west-3&from=2026-10-15&to=2026-11-02&min_coverage=0.05",
    "at?time=2026-11-02T13:00:00Z&product=Linux/UNIX",
    "at?time=2026-11-03T01:00:00Z",
    "cheapest?region=eu-west-3&from=2026-11-01&to=2026-11-02&budget=0.3",
    "cheapest?region=eu-west-3&from=2026-11-01&to=2026-11-02&min_coverage=0.5&limit=1",
    "coverage?from=2026-11-01&to=2026-11-05",
];

fn get(server: &Server, query: &str) -> Response {
    server.get(&format!("/v1/spot/{query}"))
}

#[test]
fn every_query_has_its_response() {
    let database = written();
    let server = Server::on(&database);
    let responses = QUERIES.map(|query| {
        let response = get(&server, query).expect(200);
        assert_eq!(response.header("content-type"), "application/json", "{query}");
        assert_eq!(response.header("cache-control"), "no-cache", "{query}");
        format!("GET /v1/spot/{query}\n{}\n", response.body)
    });
    insta::with_settings!({ filters => [(r#""landed_at":"[^"]+""#, r#""landed_at":"[time]""#)] }, {
        insta::assert_snapshot!(responses.join("\n"));
    });
}

#[test]
fn errors_of_queries_say_what_to_write() {
    let database = written();
    let server = Server::on(&database);
    let days = "region=eu-west-3&from=2026-11-01&to=2026-11-02";
    let bodies = [
        "pools?account=1&region=&zone=%00&instance_type=%0A&product=",
        "pools?limit=0&cursor=x",
        "pools?limit=1001&limit=2&regin=eu-west-3",
        "prices",
        "prices?region=eu-west-3&from=2026-11-02T00:00:00&to=20261103",
        "prices?region=eu-west-3&from=2026-11-02&to=2026-11-02",
        "prices?region=eu-west-3&from=2026-11-02&to=2027-11-04&limit=10001",
        &format!("prices?{days}&cursor=WzEsIjIwMjYtMTEtMDJUMDA6MDA6MDBaIl0"),
        "daily?from=2026-02-30&to=",
        "daily?region=eu-west-3&from=2026-11-02&to=2026-11-01",
        "monthly?region=eu-west-3&from=2025-11-02&to=2026-11-03",
        &format!("daily?{days}&min_coverage=1.1"),
        &format!("daily?{days}&min_coverage=NaN"),
        "at",
        "at?time=yesterday",
        &format!("cheapest?{days}&budget=-1&limit=101"),
        &format!("cheapest?{days}&budget=0.0000001&min_coverage=x"),
        "coverage?account=x&from=2026-11-01&to=2026-11-01",
        "coverage?from=2026-11-01&to=2026-11-01&cursor=WyJhIiwiXHUwMDAwIl0",
    ]
    .map(|query| {
        let response = get(&server, query).expect(400);
        assert_eq!(response.header("content-type"), "application/problem+json");
        format!("GET /v1/spot/{query}\n{}\n", response.body)
    });
    insta::assert_snapshot!(bodies.join("\n"));
}

#[test]
fn a_query_that_is_too_large_says_what_to_add() {
    let database = written();
    let server = Server::on(&database);
    database.execute(
        "INSERT INTO spot_pools (account_id, region, availability_zone, instance_type, product_description)
         SELECT '123456789012', 'eu-west-3', 'eu-west-3a', 'c5.' || n, 'Windows' FROM generate_series(1, 20000) AS n",
    );
    let get = |query: &str, days: &str| get(&server, &format!("{query}?region=eu-west-3&{days}"));
    for query in ["cheapest", "prices"] {
        for days in ["from=2026-11-01&to=2026-11-02", "from=2026-01-01&to=2026-06-01&product=Windows"] {
            insta::allow_duplicates! {
                insta::assert_snapshot!(get(query, days).expect(400).body, @r#"{"status":400,"title":"Bad Request","detail":"more than 20000 pools match, or 1000000 days of pools: add an account, a zone, an instance type or a product, or query fewer days"}"#);
            }
        }
        get(query, "from=2026-11-01&to=2026-11-02&product=Linux/UNIX").expect(200);
    }
    get("daily", "from=2026-11-01&to=2026-11-02").expect(200);
}

#[test]
fn a_query_of_too_many_accounts_says_what_to_add() {
    let database = written();
    let server = Server::on(&database);
    database.execute(
        "INSERT INTO ledger (feed, source, key, fingerprint, size, modified_at, status, reason, name, day, account_id, region)
         SELECT 'spot', 's', n::text, '', 0, now(), 'rejected', '', n::text, '2026-11-01', to_char(n, 'FM000000000000'), 'eu-west-3'
         FROM generate_series(1, 2000) AS n",
    );
    let year = "region=eu-west-3&from=2026-01-01&to=2026-12-31";
    for query in ["daily", "monthly", "prices", "cheapest"] {
        let query = format!("{query}?{year}&instance_type=none");
        insta::allow_duplicates! {
            insta::assert_snapshot!(get(&server, &query).expect(400).body, @r#"{"status":400,"title":"Bad Request","detail":"more than 200000 days of accounts and regions match: add an account, or query fewer days"}"#);
        }
        get(&server, &format!("{query}&account=123456789012")).expect(200);
    }
    let page = server.get("/?region=eu-west-3&from=2026-01-01&to=2026-12-31").expect(400).body;
    assert!(page.contains("add an account, or query fewer days"), "{page}");
}

/// Accounts and regions are found by steps in an index: each step has to lead to the next one.
#[test]
fn accounts_and_regions_are_all_found() {
    let database = simulated();
    let server = Server::on(&database);
    let days = "from=2026-11-01&to=2026-11-05";
    let markets = |query: &str| {
        let markets = all_pages(&server, &format!("coverage?{days}{query}&limit=1"), "markets");
        let name = |market: &Value| format!("{} {}", market["account_id"], market["region"]).replace('"', "");
        markets.iter().map(name).collect::<Vec<_>>()
    };
    let all =
        database.table("SELECT DISTINCT account_id, region FROM ledger WHERE feed = 'spot' ORDER BY 1, 2");
    let all: Vec<String> = all.lines().map(|line| line.replace(" | ", " ")).collect();
    assert!(all.len() > 2, "{all:?}");
    assert_eq!(markets(""), all);
    for market in &all {
        let (account, region) = market.split_once(' ').unwrap();
        let of = |with: &dyn Fn(&str, &str) -> bool| -> Vec<String> {
            all.iter()
                .filter(|other| other.split_once(' ').is_some_and(|(a, r)| with(a, r)))
                .cloned()
                .collect()
        };
        assert_eq!(markets(&format!("&account={account}")), of(&|a, _| a == account));
        assert_eq!(markets(&format!("&region={region}")), of(&|_, r| r == region));
        assert_eq!(markets(&format!("&account={account}&region={region}")), std::slice::from_ref(market));
    }
}

/// The items of all pages, under a name.
fn all_pages(server: &Server, query: &str, name: &str) -> Vec<Value> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(server, &format!("{query}{cursor}")).expect(200).json();
        found.extend(page[name].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[test]
fn pages_have_everything_once() {
    let database = simulated();
    let server = Server::on(&database);
    let days = "region=eu-west-3&from=2026-11-01&to=2026-11-05";
    for (query, name, size) in [
        ("pools?region=us-east-1".to_owned(), "pools", 5),
        (format!("prices?{days}"), "prices", 100),
        (format!("daily?{days}"), "summaries", 7),
        (format!("monthly?{days}"), "summaries", 7),
        ("at?time=2026-11-02T13:00:00Z".to_owned(), "prices", 16),
        ("coverage?from=2026-11-01&to=2026-11-05".to_owned(), "markets", 1),
    ] {
        let max = if name == "markets" { 100 } else { 1_000 };
        let whole = match query.split('?').next() {
            Some("prices") => get(&server, &query).expect(200).json()["prices"].as_array().unwrap().clone(),
            _ => all_pages(&server, &format!("{query}&limit={max}"), name),
        };
        assert!(whole.len() > size, "{query}: {}", whole.len());
        assert_eq!(all_pages(&server, &format!("{query}&limit={size}"), name), whole, "{query}");
    }
}

#[test]
fn records_are_the_same_in_every_format() {
    let database = simulated();
    let server = Server::on(&database);
    let path = "/v1/spot/prices?region=eu-west-3&from=2026-11-01&to=2026-11-05";
    let get = |path: &str, accept: &str| {
        let response = server.get_with(path, &[("accept", accept)]).expect(200);
        assert_eq!(response.header("vary").split(", ").next(), Some("accept"));
        assert_eq!(response.header("landfall-coverage"), "landed=7, empty=0, missing=1, rejected=0");
        response
    };
    let json = get(path, "application/json");
    let (ndjson, csv) = (get(path, "application/x-ndjson"), get(path, "text/csv"));
    assert_eq!(ndjson.header("content-type"), "application/x-ndjson");
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    // By their text: no digit may get lost.
    let records: Vec<&str> = json
        .body
        .split_once("\"prices\":[")
        .unwrap()
        .1
        .split_once("],\"next\":null}")
        .unwrap()
        .0
        .split(",\n")
        .collect();
    assert_eq!(ndjson.body.lines().collect::<Vec<_>>(), records);
    let mut reader = csv::Reader::from_reader(csv.body.as_bytes());
    let names = reader.headers().unwrap().clone();
    let from_csv: Vec<String> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let field = |(name, value): (&str, &str)| match name {
                "pool_id" | "price" | "dump_id" => format!("\"{name}\":{value}"),
                _ => format!("\"{name}\":\"{value}\""),
            };
            format!("{{{}}}", names.iter().zip(&row).map(field).collect::<Vec<_>>().join(","))
        })
        .collect();
    assert_eq!(from_csv, records);
    let count = "SELECT count(*) FROM spot_prices WHERE region = 'eu-west-3' AND timestamp >= '2026-11-01Z' AND timestamp < '2026-11-05Z'";
    assert_eq!(records.len() as i64, database.number(count));
    // Formats that cannot contain a cursor have the next page in a header.
    let (mut paged, mut next) = (String::new(), format!("{path}&limit=150"));
    loop {
        let page = get(&next, "application/jsonl");
        paged.push_str(&page.body);
        match page.header("link").strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")) {
            Some(link) => next = link.to_owned(),
            None => break,
        }
    }
    assert_eq!(paged, ndjson.body);
}

#[test]
fn an_unknown_format_is_rejected() {
    let database = written();
    let server = Server::on(&database);
    let path = "/v1/spot/prices?region=eu-west-3&from=2026-11-01&to=2026-11-05";
    let response = server.get_with(path, &[("accept", "text/html")]).expect(406);
    insta::assert_snapshot!(response.body, @r#"{"status":406,"title":"Not Acceptable","detail":"accept application/json, application/x-ndjson or text/csv"}"#);
}

#[test]
fn a_cached_response_is_not_sent_again() {
    let database = written();
    let server = Server::on(&database);
    let path = "/v1/spot/cheapest?region=eu-west-3&from=2026-11-01&to=2026-11-02";
    let etag = server.get(path).expect(200).header("etag").to_owned();
    assert_eq!(server.get_with(path, &[("if-none-match", &etag)]).expect(304).body, "");
}

/// Queries of spot prices have their own connections.
#[test]
fn a_slow_query_does_not_block_other_feeds() {
    let database = with_rates();
    let server = Server::with(&database, &["--readers", "1"]);
    let mut lock = database.connect();
    lock.batch_execute("BEGIN; LOCK TABLE spot_pools").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| get(&server, "pools"));
        while !server.get("/metrics").body.contains("landfall_spot_database_connections_in_use 1") {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        server.get(&lane(31, 31, "CNGGZ", "EETLL")).expect(200);
        // Other queries of spot prices get 503 meanwhile.
        assert_eq!(get(&server, "pools").expect(503).header("retry-after"), "1");
        lock.batch_execute("ROLLBACK").unwrap();
        waiting.join().unwrap().expect(200);
    });
}

/// The hand-written days, and 200,000 records, which are 46 MB of text; the path to query them.
pub(super) fn with_many_records() -> (Database, &'static str) {
    let database = written();
    database.execute(
        "SELECT spot_ensure_month('2026-10-01');
         INSERT INTO spot_observations (pool_id, observed_at, dump_id, price)
         SELECT pool, '2026-10-01Z'::timestamptz + n * interval '20 seconds', 1, n % 1000 / 1000.0
         FROM generate_series(28, 29) AS pool, generate_series(0, 99999) AS n",
    );
    (database, "/v1/spot/prices?region=eu-west-3&from=2026-10-01&to=2026-10-31")
}

/// Reads a response line by line; returns its bytes and lines, or an error if it broke off.
pub(super) fn read(
    server: &Server,
    path: &str,
    accept: &str,
    mut each: impl FnMut(u64),
) -> std::io::Result<(u64, u64)> {
    let mut response = agent().get(format!("{}{path}", server.url)).header("accept", accept).call().unwrap();
    let mut reader = std::io::BufReader::new(response.body_mut().with_config().limit(u64::MAX).reader());
    let (mut bytes, mut lines, mut line) = (0, 0, String::new());
    while reader.read_line(&mut line)? > 0 {
        bytes += line.len() as u64;
        lines += 1;
        each(lines);
        line.clear();
    }
    Ok((bytes, lines))
}

#[test]
#[cfg(target_os = "linux")]
fn a_long_response_takes_no_more_memory_than_a_short_one() {
    let (database, path) = with_many_records();
    let server = Server::on(&database);
    // Warms up connections and the allocator.
    server.get(&format!("{path}&limit=10000")).expect(200);
    let before = server.peak_memory();
    let (bytes, lines) = read(&server, path, "application/x-ndjson", |_| {}).unwrap();
    assert!(bytes > 40_000_000 && lines == 200_000, "{bytes} bytes, {lines} lines");
    assert_eq!(read(&server, path, "text/csv", |_| {}).unwrap().1, 200_001);
    let grown = server.peak_memory() - before;
    assert!(grown < 8_192, "{grown} KiB");
}

#[test]
fn a_response_that_fails_breaks_off() {
    let (database, path) = with_many_records();
    let server = Server::on(&database);
    let broken = read(&server, path, "text/csv", |lines| {
        if lines == 1_000 {
            database.execute(&format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = '{}' AND pid <> pg_backend_pid()",
                database.name
            ));
        }
    });
    assert!(broken.is_err(), "{broken:?}");
}
