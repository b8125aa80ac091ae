//! The HTML of the page `/events`; `web/test` opens it in a browser.

use crate::support::{Database, Folder, Landfall, Server};

fn event(id: u32, event: &str, device: &str) -> String {
    format!(
        "{{\"id\": \"0F8B2C6E-7D3A-4C1B-9A55-{id:012X}\", \"anonymous_id\": \"6d2f7c1e-93b4-4a0d-8c57-1e2b3c4d5f60\", \
         \"event\": \"{event}\", \"event_text\": \"x\", \"context_device_type\": \"{device}\", \"timestamp\": \"2019-07-01 12:00:00\", \
         \"sent_at\": \"2019-07-01 12:00:00\", \"received_at\": \"2019-07-02 12:00:00\"}}\n"
    )
}

fn serve(body: &str) -> (Database, Server) {
    let (database, folder) = (Database::new(), Folder::new());
    folder.write("events_20190702_a.ndjson", body);
    Landfall::on(&database, &["--quiet", "import"]).arg(folder.path()).run().expect(0);
    let server = Server::on(&database);
    (database, server)
}

#[test]
fn the_page_shows_charts_and_dead_letters() {
    let bad = "{\"id\": \"<script>alert(1)</script>\"}\n";
    let body = [&event(1, "signup", "ios"), &event(2, "signup", "web"), &event(3, "<i>&", "ios"), bad];
    let (_database, server) = serve(&body.map(String::from).concat());
    let page = server.get("/events?from=2019-07-01&to=2019-07-03").expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    for text in [
        "<h2 id=\"chart-0\">signup</h2>",
        "aria-labelledby=\"chart-0-title chart-0-description\"",
        "ios: 0 to 1, last 0, unknown for 24 h.",
        "&lt;i&gt;&amp;",
        "/v1/events/daily?event=%3Ci%3E%26&amp;from=2019-07-01&amp;to=2019-07-03",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "is not a UUID such as",
        "events_20190702_a.ndjson",
        "<dt>Records rejected</dt><dd>1</dd>",
    ] {
        assert!(page.body.contains(text), "{text}\n{}", page.body);
    }
    // Nothing inline runs, and nothing is loaded from elsewhere.
    for text in ["<i>", "<script", " style=", "<style", "://", " onclick"] {
        assert!(!page.body.contains(text), "{text}\n{}", page.body);
    }
    // The days are those that landed, if none are given: only late events are of an earlier one.
    let latest = server.get("/events").expect(200).body;
    assert!(latest.contains("There are no such events in these days."), "{latest}");
}

#[test]
fn a_page_of_nothing_says_how_to_begin() {
    let server = Server::on(&Database::new());
    let page = server.get("/events").expect(200).body;
    assert!(
        page.contains("No events have landed yet") && page.contains("landfall simulate events"),
        "{page}"
    );
}

#[test]
fn errors_are_shown_beside_their_fields() {
    let (_database, server) = serve(&event(1, "a", "ios"));
    let page = server.get("/events?from=yesterday&device=%00").expect(400).body;
    for field in ["from", "device"] {
        assert!(page.contains(&format!("id=\"{field}-error\"")), "{field}\n{page}");
    }
    assert!(server.get("/events?from=2019-01-01&to=2021-01-01").expect(400).body.contains("id=\"to-error\""));
}

#[test]
fn the_latest_fifty_dead_letters_are_shown() {
    let bad: String = (0..60).map(|number| format!("{{\"number\": {number}}}\n")).collect();
    let (_database, server) = serve(&(event(1, "a", "ios") + &bad));
    let page = server.get("/events").expect(200).body;
    assert_eq!(page.matches("{&quot;number&quot;: ").count(), 50, "{page}");
    assert!(page.contains("{&quot;number&quot;: 59}") && !page.contains("{&quot;number&quot;: 9}"), "{page}");
    assert!(page.contains("<dt>Records rejected</dt><dd>60</dd>"));
}
