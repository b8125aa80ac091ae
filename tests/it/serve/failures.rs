//! Temporary errors of the database are 503, in any language of its messages; others are 500.

use crate::spot_answers::written;
use crate::support::Server;

#[test]
fn a_timeout_is_recognized_in_any_language() {
    let database = written();
    let server = Server::on(&database);
    for (code, status, detail) in [
        ("57014", 503, "the response takes too long: query less, or retry later"),
        // A replica that has to replay what lands; a shutdown; no memory for one more session.
        ("40001", 503, "the database cannot be reached now: try again"),
        ("57P01", 503, "the database cannot be reached now: try again"),
        ("53300", 503, "the database cannot be reached now: try again"),
        ("XX000", 500, "the query failed"),
    ] {
        database.execute(&format!(
            "ALTER TABLE spot_pools RENAME TO pools;
             CREATE FUNCTION fail() RETURNS boolean LANGUAGE plpgsql AS $$
             BEGIN
                 RAISE SQLSTATE '{code}' USING MESSAGE = 'storniere Anfrage wegen Zeitüberschreitung der Anfrage';
             END
             $$;
             CREATE VIEW spot_pools AS SELECT * FROM pools WHERE fail()"
        ));
        for path in ["/v1/spot/pools", "/v1/spot/prices?region=eu-west-3&from=2026-11-01&to=2026-11-03"] {
            let response = server.get(path).expect(status);
            assert_eq!(response.json()["detail"], detail, "{code} {path}");
            assert_eq!(response.header("retry-after"), if status == 503 { "1" } else { "" }, "{code} {path}");
        }
        database.execute("DROP VIEW spot_pools; DROP FUNCTION fail; ALTER TABLE pools RENAME TO spot_pools");
        server.get("/v1/spot/pools").expect(200);
    }
}
