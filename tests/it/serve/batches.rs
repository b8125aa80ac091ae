//! `POST /rates/batches` and what follows.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;

use super::{last_day, with_rates};
use crate::support::{Server, TOKEN};

const CSV: &str = "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-01-31,10\nCNGGZ,EETLL,2021-01-31,10\n";
const JSON: &str = r#"[{"orig_code":"CNGGZ","dest_code":"EETLL","day":"2021-01-31","price":10},
                       {"orig_code":"CNGGZ","dest_code":"EETLL","day":"2021-01-31","price":10}]"#;

#[test]
fn a_batch_lands_in_every_format_and_can_be_withdrawn() {
    let database = with_rates();
    let server = Server::on(&database);
    let lines = JSON.replace("},", "}").replace(['[', ']'], "");
    for (number, (kind, body)) in
        [("text/csv; charset=utf-8", CSV), ("application/json", JSON), ("application/x-ndjson", &lines)]
            .into_iter()
            .enumerate()
    {
        let key = format!("batch-{number}");
        let response = server.post(&key, kind, body).expect(201);
        let batch = response.json();
        assert_eq!(
            (&batch["status"], &batch["records"], &batch["rows_new"]),
            (&"landed".into(), &2.into(), &2.into())
        );
        let location = response.header("location").to_owned();
        assert_eq!(server.get(&location).expect(200).json(), batch);
        assert_eq!(last_day(&server).0, Some(5));

        let id = batch["id"].as_i64().unwrap();
        let withdrawn = server.delete(id).expect(200).json();
        assert_eq!((&withdrawn["status"], &withdrawn["rows_removed"]), (&"withdrawn".into(), &2.into()));
        assert_eq!(last_day(&server).0, Some(3));
        assert_eq!(server.delete(id).expect(200).json(), withdrawn, "once more");
        assert_eq!(server.post(&key, kind, body).expect(201).json(), withdrawn, "it stays withdrawn");
        assert_eq!(last_day(&server).0, Some(3));
    }
}

#[test]
fn a_key_identifies_one_batch() {
    let database = with_rates();
    let server = Server::on(&database);
    let first = server.post("a", "text/csv", CSV).expect(201);
    assert_eq!(server.post("a", "text/csv", CSV).expect(201).body, first.body);
    assert_eq!(last_day(&server).0, Some(5));
    let id = first.json()["id"].to_string();
    let other = server.post("a", "text/csv", CSV.replace("10", "11")).expect(409).body;
    insta::assert_snapshot!(other.replace(&format!("batch {id}"), "batch [id]"));
    assert_eq!(
        server.post("b", "text/csv", CSV).expect(201).json()["rows_new"],
        2,
        "equal prices are all kept"
    );
    assert_eq!(last_day(&server).0, Some(7));
}

#[test]
fn a_wrong_batch_stores_nothing_and_returns_its_errors() {
    let database = with_rates();
    let server = Server::on(&database);
    let before = database.number("SELECT count(*) FROM ledger");
    let mut responses = Vec::new();
    for (kind, body) in [
        ("text/csv", "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-01-31,10\nCNGGZ,XXXXX,2021-01-31,10\n"),
        ("text/csv", "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-02-30,10\nCNGGZ,EETLL,2021-01-31,-1\n"),
        ("text/csv", "orig_code,dest_code,day\nCNGGZ,EETLL,2021-01-31\n"),
        ("application/json", r#"[{"orig_code":"CNGGZ","dest_code":"EETLL","day":"2021-01-31","price":"x"}"#),
        ("application/json", r#"{"not": "an array"}"#),
        ("application/x-ndjson", "{\"orig_code\":\"CNGGZ\"}\n"),
        ("application/json", ""),
    ] {
        let response = server.post("wrong", kind, body).expect(422);
        assert_eq!(response.header("content-type"), "application/problem+json");
        responses.push(format!("{:#}", response.json()));
    }
    insta::assert_snapshot!(responses.join("\n"));
    assert_eq!(database.number("SELECT count(*) FROM ledger"), before);
    assert_eq!(last_day(&server).0, Some(3));
    server.post("wrong", "text/csv", CSV).expect(201);
}

#[test]
fn only_requests_with_the_token_change_anything() {
    let database = with_rates();
    let server = Server::with(&database, &["--max-batch-mib", "1"]);
    let wrong = "Bearer some other token";
    let right = format!("Bearer {TOKEN}");
    let responses = [
        server.post_with(&[("idempotency-key", "a"), ("content-type", "text/csv")], CSV).expect(401),
        server
            .post_with(
                &[("authorization", wrong), ("idempotency-key", "a"), ("content-type", "text/csv")],
                CSV,
            )
            .expect(401),
        server.post_with(&[("authorization", &right), ("content-type", "text/csv")], CSV).expect(400),
        server
            .post_with(
                &[("authorization", &right), ("idempotency-key", "a b"), ("content-type", "text/csv")],
                CSV,
            )
            .expect(400),
        server.post("a", "application/xml", CSV).expect(415),
        server.post("a", "text/csv", vec![b'x'; (1 << 20) + 1]).expect(413),
        server.get("/rates/batches/999999").expect(404),
        server.get("/rates/batches/x").expect(404),
        server.delete(999_999).expect(404),
    ];
    insta::assert_snapshot!(responses.map(|response| response.body).join("\n"));
    assert_eq!(last_day(&server).0, Some(3));
}

#[test]
fn of_batches_that_race_for_a_key_one_lands() {
    let database = with_rates();
    let server = Server::with(&database, &["--uploads", "8"]);
    for round in 0..4 {
        let key = format!("race-{round}");
        let responses: Vec<(u16, String)> = thread::scope(|scope| {
            let posts: Vec<_> = (0..8)
                .map(|number| {
                    let (server, key) = (&server, &key);
                    let body = CSV.replace("10", if number % 2 == 0 { "10" } else { "20" });
                    scope.spawn(move || {
                        let response = server.post(key, "text/csv", body);
                        (response.status, response.body)
                    })
                })
                .collect();
            posts.into_iter().map(|post| post.join().unwrap()).collect()
        });
        let landed: Vec<&String> =
            responses.iter().filter(|(status, _)| *status == 201).map(|(_, body)| body).collect();
        assert_eq!(
            (landed.len(), responses.iter().filter(|(status, _)| *status == 409).count()),
            (4, 4),
            "{responses:?}"
        );
        assert!(landed.iter().all(|body| *body == landed[0]), "{landed:?}");
    }
    assert_eq!(last_day(&server).0, Some(3 + 4 * 2));
}

#[test]
fn readers_see_all_of_a_batch_or_nothing() {
    let database = with_rates();
    let server = Server::on(&database);
    let body = CSV.lines().take(1).chain(std::iter::repeat_n("CNGGZ,EETLL,2021-01-31,10", 20_000));
    let body = body.collect::<Vec<_>>().join("\n");
    let done = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut seen = Vec::new();
            while !done.load(Ordering::Relaxed) {
                seen.push(last_day(&server).0.unwrap());
            }
            seen
        });
        for number in 0..3 {
            server.post(&number.to_string(), "text/csv", &body).expect(201);
        }
        done.store(true, Ordering::Relaxed);
        reading.join().unwrap()
    });
    assert!(seen.iter().all(|count| (count - 3) % 20_000 == 0), "{seen:?}");
    assert!(seen.is_sorted() && seen.len() > 10, "{seen:?}");
    assert_eq!(last_day(&server).0, Some(60_003));
}

#[test]
fn too_many_batches_at_once_are_turned_away() {
    let database = with_rates();
    let server = Server::with(&database, &["--uploads", "1"]);
    // Another writer is active: the batch waits for the lock of the feed.
    let mut holder = database.connect();
    holder.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(1818324580, hashtext('freight'))").unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| server.post("first", "text/csv", CSV).expect(201));
        while database.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            == 0
        {
            assert!(!waiting.is_finished());
            thread::sleep(Duration::from_millis(10));
        }
        let turned_away = server.post("second", "text/csv", CSV).expect(429);
        assert_eq!(turned_away.header("retry-after"), "1");
        assert_eq!(last_day(&server).0, Some(3), "readers do not wait");
        drop(holder);
        waiting.join().unwrap();
    });
    assert_eq!(last_day(&server).0, Some(5));
}
