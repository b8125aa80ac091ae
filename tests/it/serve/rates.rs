//! `GET /rates`.

use serde_json::json;

use super::{lane, with_rates};
use crate::support::Server;

#[test]
fn a_lane_has_its_averages_newest_first() {
    let database = with_rates();
    let server = Server::on(&database);
    let response = server.get(&lane(28, 31, "CNGGZ", "EETLL")).expect(200);
    insta::assert_snapshot!(response.body, @r#"{"rates":[{"count":3,"day":"2021-01-31","price":1154.3333333333333},{"count":2,"day":"2021-01-30","price":null},{"count":1,"day":"2021-01-29","price":null},{"count":null,"day":"2021-01-28","price":null}]}"#);
    assert_eq!(response.header("content-type"), "application/json");
}

#[test]
fn a_region_stands_for_its_ports_and_those_of_the_regions_below() {
    let database = with_rates();
    let server = Server::on(&database);
    for (origin, destination, count, price) in [
        ("china_main", "EETLL", 4, json!(1365.75)),
        ("china_main", "northern_europe", 5, json!(1692.6)),
        ("CNSGH", "northern_europe", 2, json!(null)),
        ("CNSGH", "norway", 1, json!(null)),
    ] {
        let response = server.get(&lane(31, 31, origin, destination)).expect(200).json();
        let day = json!({"rates": [{"count": count, "day": "2021-01-31", "price": price}]});
        assert_eq!(response, day, "{origin} {destination}");
    }
}

#[test]
fn what_is_not_known_has_no_prices() {
    let database = with_rates();
    let server = Server::on(&database);
    let nothing = json!({"rates": [{"count": null, "day": "2021-01-31", "price": null}]});
    for (origin, destination) in [
        ("XXXXX", "EETLL"),
        ("cnggz", "EETLL"),
        ("CNGGZ", "nowhere"),
        ("EETLL", "CNGGZ"),
        ("%00", "EETLL"),
        ("'", "%25"),
    ] {
        assert_eq!(
            server.get(&lane(31, 31, origin, destination)).expect(200).json(),
            nothing,
            "{origin} {destination}"
        );
    }
    assert_eq!(server.get(&lane(31, 30, "CNGGZ", "EETLL")).expect(200).json(), json!({"rates": []}));
}

#[test]
fn errors_of_queries_name_the_parameter() {
    let database = with_rates();
    let server = Server::on(&database);
    let error_of = |query: &str| {
        let response = server.get(&format!("/rates?{query}")).expect(400);
        assert_eq!(response.header("content-type"), "application/problem+json");
        response.body
    };
    let rest = "date_to=2021-01-31&orig_code=CNGGZ&dest_code=EETLL";
    let bodies = [
        error_of(""),
        error_of(rest),
        error_of(&format!("date_from=20210103&{rest}")),
        error_of(&format!("date_from=2021-02-30&{rest}")),
        error_of(&format!("date_from=2021-01-01T00:00:00&{rest}")),
        error_of(&format!("date_from=0001-01-01&{rest}")),
        error_of(&format!("date_from=2021-01-01&date_from=2021-01-02&{rest}")),
        error_of("date_from=2021-01-01&date_to=2021-01-31&orig_code=&dest_code="),
    ];
    insta::assert_snapshot!(bodies.join("\n"));
    server.get("/rates?date_from=2021-1-1&date_to=2021-1-1&orig_code=CNGGZ&dest_code=EETLL").expect(200);
}

#[test]
fn an_answer_that_is_kept_is_not_sent_again() {
    let database = with_rates();
    let server = Server::on(&database);
    let path = lane(1, 31, "CNGGZ", "EETLL");
    let response = server.get(&path).expect(200);
    let etag = response.header("etag").to_owned();
    assert_eq!(response.header("cache-control"), "no-cache");
    let again = server.get_with(&path, &[("if-none-match", &format!("\"other\", {etag}"))]).expect(304);
    assert_eq!((again.body.as_str(), again.header("etag")), ("", etag.as_str()));
    server.post("new", "text/csv", "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-01-01,1\n").expect(201);
    assert_ne!(server.get_with(&path, &[("if-none-match", &etag)]).expect(200).header("etag"), etag);
    let packed = server.get_with(&path, &[("accept-encoding", "gzip")]);
    assert_eq!(packed.header("content-encoding"), "gzip");
}
