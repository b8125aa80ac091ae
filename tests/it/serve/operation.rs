//! What operators look at.

use std::net::TcpListener;

use super::{lane, with_rates};
use crate::support::{Database, Landfall, Server};

#[test]
fn it_is_ready_when_the_schema_is() {
    let database = with_rates();
    let server = Server::on(&database);
    assert_eq!(server.get("/healthz").expect(200).body, r#"{"status":"alive"}"#);
    assert_eq!(server.get("/readyz").expect(200).body, r#"{"status":"ready"}"#);
    database.execute("DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)");
    let response = server.get("/readyz").expect(503);
    assert!(response.body.contains("run `landfall migrate`"), "{}", response.body);
    assert_eq!(response.header("retry-after"), "1");
    server.get("/healthz").expect(200);
}

#[test]
fn the_log_has_health_checks_that_fail() {
    let database = with_rates();
    let server = Server::on(&database);
    server.get("/healthz").expect(200);
    server.get("/readyz").expect(200);
    server.get("/rates").expect(400);
    database.execute("DELETE FROM __diesel_schema_migrations");
    server.get("/readyz").expect(503);
    server.terminate();
    let (_, log) = server.wait();
    let requests: Vec<_> = log
        .iter()
        .filter(|line| line["message"] == "request")
        .map(|line| format!("{} {}", line["path"].as_str().unwrap(), line["status"]))
        .collect();
    assert_eq!(requests, ["/rates 400", "/readyz 503"]);
}

#[test]
fn a_health_check_asks_whether_it_is_ready() {
    let database = with_rates();
    let server = Server::on(&database);
    let address = server.url.trim_start_matches("http://").to_owned();
    let check = || Landfall::bare(&["healthcheck"]).env("LANDFALL_LISTEN", &address).run();
    let run = check().expect(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    // As a container is told to listen.
    let everywhere = address.replace("127.0.0.1", "0.0.0.0");
    Landfall::bare(&["healthcheck", "--listen", &everywhere]).run().expect(0);

    database.execute("DELETE FROM __diesel_schema_migrations");
    let error = check().error();
    assert!(error.contains(&format!("the server at {address} is not ready: HTTP/1.0 503")), "{error}");
    server.terminate();
    server.wait();
    let error = check().error();
    assert!(error.contains(&format!("the server at {address} does not respond")), "{error}");
}

#[test]
fn it_brings_the_schema_up_to_date() {
    let database = Database::blank();
    let server = Server::on(&database);
    server.get("/readyz").expect(200);
}

#[test]
fn a_token_that_is_too_short_is_refused_unseen() {
    let run = Landfall::bare(&["serve"]).env("LANDFALL_API_TOKEN", "hunter2").run().expect(2);
    assert!(run.stderr.contains("LANDFALL_API_TOKEN is too short"), "{}", run.stderr);
    assert!(!run.stderr.contains("hunter2"));
}

#[test]
fn an_address_in_use_is_told() {
    let database = with_rates();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = Landfall::on(&database, &["serve", "--listen", &address]).run().expect(1);
    assert!(
        run.stderr.contains(&format!("cannot listen on {address}: choose another --listen")),
        "{}",
        run.stderr
    );
}

#[test]
fn requests_are_counted_by_route() {
    let database = with_rates();
    let server = Server::with(&database, &["--readers", "8"]);
    server.get(&lane(1, 2, "CNGGZ", "EETLL")).expect(200);
    server.get("/rates").expect(400);
    server.get("/rates/batches/1").expect(200);
    server.get("/nothing").expect(404);
    server.post("a", "text/csv", "orig_code,dest_code,day,price\n").expect(201);
    let metrics = server.get("/metrics").expect(200).body;
    for line in [
        r#"landfall_http_requests_total{method="GET",route="/rates",status="200"} 1"#,
        r#"landfall_http_requests_total{method="GET",route="/rates",status="400"} 1"#,
        r#"landfall_http_requests_total{method="GET",route="/rates/batches/{id}",status="200"} 1"#,
        r#"landfall_http_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"landfall_http_request_seconds_count{method="GET",route="/rates"} 2"#,
        r#"landfall_batches_total{outcome="landed"} 1"#,
        "landfall_database_connections 8",
        "landfall_database_connections_in_use 0",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
}

#[test]
fn every_request_has_an_id() {
    let database = with_rates();
    let server = Server::on(&database);
    let (one, other) = (server.get("/healthz"), server.get("/healthz"));
    assert_eq!(one.header("x-request-id").len(), 36);
    assert_ne!(one.header("x-request-id"), other.header("x-request-id"));
    let given = server.get_with("/healthz", &[("x-request-id", "from-the-balancer")]);
    assert_eq!(given.header("x-request-id"), "from-the-balancer");
}

#[test]
fn errors_of_the_router_are_problems_too() {
    let database = with_rates();
    let server = Server::on(&database);
    let responses = [server.get("/nothing").expect(404), server.get("/rates/batches").expect(405)];
    for response in &responses {
        assert_eq!(response.header("content-type"), "application/problem+json");
    }
    insta::assert_snapshot!(responses.map(|response| response.body).join("\n"));
}

#[test]
fn the_api_is_described() {
    let database = with_rates();
    let server = Server::on(&database);
    let description = server.get("/openapi.json").expect(200).json();
    assert_eq!(description["openapi"], "3.1.0");
    // OpenAPI demands it, and utoipa leaves it out where there is none.
    let operations =
        description["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
    for (method, operation) in operations {
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["description"].is_string(), "{method} {}: {status}", operation["operationId"]);
        }
    }
    let text = format!("{description:#}");
    for reference in text.split("\"$ref\": \"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(description.pointer(reference).is_some(), "{reference} is nowhere");
    }
    insta::assert_snapshot!(text);
}

/// Nothing is loaded from other hosts: the server may run without internet access.
#[test]
fn the_page_needs_no_other_host() {
    let database = with_rates();
    let server = Server::on(&database);
    let page = server.get("/docs/").expect(200).body;
    assert_eq!(server.get("/docs").expect(200).body, page);
    let assets: Vec<&str> =
        page.split('"').filter(|text| text.contains(".js") || text.contains(".css")).collect();
    assert_eq!(assets.len(), 3, "{page}");
    for asset in &assets {
        assert!(asset.starts_with("/assets/"), "{asset}");
        server.get(asset).expect(200);
    }
    let start = server.get(assets.iter().find(|path| path.ends_with("/docs.js")).unwrap()).body;
    assert!(start.contains("/openapi.json") && !start.contains("https://"), "{start}");
}
