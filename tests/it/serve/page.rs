//! The HTML of the page; `web/test` opens it in a browser.

use crate::support::{Database, Folder, Landfall, Server};

fn serve() -> (Database, Server) {
    let (database, folder) = (Database::new(), Folder::new());
    folder
        .dump("2026-11-01", &[("a", "2026-11-01 00:00:00", "0.05"), ("<b>", "2026-11-01 06:00:00", "0.07")]);
    folder.dump("2026-11-02", &[]);
    folder.write("spotprices_20261104_123456789012_eu-west-3.json", "[{");
    Landfall::on(&database, &["--quiet", "import"]).arg(folder.path()).run().expect(3);
    let server = Server::on(&database);
    (database, server)
}

#[test]
fn the_page_shows_what_has_landed() {
    let (_database, server) = serve();
    let page = server.get("/?to=2026-11-04").expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(policy.contains(" img-src 'self';"), "{policy}");
    for text in [
        "1 November 2026: landed, 2 records",
        "2 November 2026: landed, and is empty",
        "3 November 2026: missing",
        "4 November 2026: rejected: ",
        "eu-west-3&lt;b&gt;",
        "0.050000",
    ] {
        assert!(page.body.contains(text), "{text}\n{}", page.body);
    }
    assert!(!page.body.contains("<b>"), "{}", page.body);
    // Nothing inline runs, and nothing is loaded from elsewhere.
    assert!(!page.body.contains(" style=") && !page.body.contains("://") && !page.body.contains(" onclick"));
}

#[test]
fn errors_are_shown_beside_their_fields() {
    let (_database, server) = serve();
    let page = server.get("/?from=yesterday&budget=cheap&account=1&pools=1,x").expect(400).body;
    for field in ["from", "budget", "account", "pools"] {
        assert!(page.contains(&format!("id=\"{field}-error\"")), "{field}\n{page}");
    }
    let image = server.get("/chart.svg?from=yesterday").expect(400);
    assert_eq!(image.header("content-type"), "application/problem+json");
}

#[test]
fn pools_that_do_not_match_are_not_replaced_by_others() {
    let (database, server) = serve();
    let id = database.number("SELECT min(id) FROM spot_pools");
    let own = server.get(&format!("/chart.svg?pools={id}")).expect(200).body;
    // One of several is enough.
    assert_eq!(server.get(&format!("/chart.svg?pools=999999,{id}")).expect(200).body, own);
    for query in ["pools=999999", "pools=999999,999998", &format!("pools={id}&zone=eu-west-3z")] {
        let image = server.get(&format!("/chart.svg?{query}")).expect(404);
        assert_eq!(image.header("content-type"), "application/problem+json");
        assert!(image.body.contains("pools: no pool "), "{}", image.body);
        server.get(&format!("/chart.png?{query}")).expect(404);
        let page = server.get(&format!("/?{query}")).expect(404).body;
        assert!(page.contains("id=\"pools-error\""), "{page}");
    }
}

#[test]
fn the_chart_is_an_image_too() {
    let (_database, server) = serve();
    let svg = server.get("/chart.svg").expect(200);
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    assert!(svg.body.starts_with("<svg"), "{}", svg.body);
    assert_eq!(server.get("/chart.png").expect(200).header("content-type"), "image/png");
}

#[test]
fn an_empty_database_says_what_to_do() {
    let database = Database::new();
    let server = Server::on(&database);
    let page = server.get("/").expect(200).body;
    assert!(page.contains("Nothing has landed yet") && page.contains("landfall import"), "{page}");
    server.get("/chart.svg").expect(404);
}

#[test]
fn assets_are_cached_for_ever_and_others_are_404() {
    let database = Database::new();
    let server = Server::on(&database);
    let page = server.get("/").expect(200).body;
    let script = page.split('"').find(|text| text.ends_with("page.js")).unwrap();
    let response = server.get(script).expect(200);
    assert_eq!(response.header("cache-control"), "public, max-age=31536000, immutable");
    server.get_with(script, &[("if-none-match", response.header("etag"))]).expect(304);
    assert_eq!(server.get("/assets/old/page.js").expect(200).header("cache-control"), "no-cache");
    server.get("/assets/old/page.php").expect(404);
}
