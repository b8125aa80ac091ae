//! Batches that are packed.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{last_day, with_rates};
use crate::support::{Response, Server, TOKEN, within};

const CSV: &str = "orig_code,dest_code,day,price\nCNGGZ,EETLL,2021-01-31,10\n";

fn post(server: &Server, key: &str, encoding: &str, body: impl AsRef<[u8]>) -> Response {
    let token = format!("Bearer {TOKEN}");
    let headers = [
        ("authorization", token.as_str()),
        ("idempotency-key", key),
        ("content-type", "text/csv"),
        ("content-encoding", encoding),
    ];
    server.post_with(&headers, body)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut process =
        Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, text) = (process.stdin.take().unwrap(), text.to_owned());
    let writing = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let packed = within(Duration::from_secs(60), process.id(), || process.wait_with_output().unwrap()).stdout;
    writing.join().unwrap().unwrap();
    packed
}

#[test]
fn a_batch_may_be_packed_with_gzip() {
    let database = with_rates();
    let server = Server::on(&database);
    let packed = post(&server, "a", "gzip", gzip(CSV)).expect(201);
    assert_eq!(packed.json()["rows_new"], 1);
    // It is the batch that counts, not how it was packed.
    assert_eq!(server.post("a", "text/csv", CSV).expect(201).body, packed.body);
    assert_eq!(post(&server, "a", "identity", CSV).expect(201).body, packed.body);
    let halves = CSV.split_at(30);
    let members = [gzip(halves.0), gzip(halves.1)].concat();
    assert_eq!(post(&server, "a", "gzip", members).expect(201).body, packed.body);
    assert_eq!(last_day(&server).0, Some(4));
}

#[test]
fn another_encoding_is_rejected_with_what_is_accepted() {
    let database = with_rates();
    let server = Server::on(&database);
    for encoding in ["br", "zstd", "deflate", "gzip, gzip", "GZIP, br", ""] {
        let response = post(&server, "a", encoding, CSV).expect(415);
        assert_eq!(response.header("accept-encoding"), "gzip", "{encoding}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(response.body, @r#"{"status":415,"title":"Unsupported Media Type","detail":"send the body as it is, or compressed with gzip and `Content-Encoding: gzip`"}"#);
        }
    }
    let packed = gzip(CSV);
    let (start, end) = packed.split_at(packed.len() - 9);
    let trailing = [&packed[..], b"x"].concat();
    for body in [CSV.as_bytes(), start, end, &trailing, b""] {
        let response = post(&server, "a", "gzip", body).expect(422);
        assert!(response.body.contains("the body cannot be decompressed: "), "{}", response.body);
    }
    assert_eq!(last_day(&server).0, Some(3));
}

#[test]
#[cfg(target_os = "linux")]
fn a_bomb_takes_no_memory() {
    let database = with_rates();
    let server = Server::with(&database, &["--max-batch-mib", "1"]);
    let bomb =
        Command::new("sh").arg("-c").arg("head -c 200000000 /dev/zero | gzip -c").output().unwrap().stdout;
    assert!((1 << 16..1 << 20).contains(&bomb.len()), "{}", bomb.len());
    server.get("/healthz").expect(200);
    let before = server.peak_memory();
    post(&server, "bomb", "gzip", bomb).expect(413);
    let grown = server.peak_memory() - before;
    assert!(grown < 16_384, "{grown} KiB");
    // Whatever is in it, and whatever reads it.
    let line = r#"{"orig_code":"CNGGZ","dest_code":"EETLL","day":"2021-01-31","price":10}"#;
    let bodies = [
        ("text/csv", CSV.to_owned() + &"CNGGZ,EETLL,2021-01-31,10\n".repeat(50_000)),
        ("application/json", format!("[{}{line}]", format!("{line},").repeat(20_000))),
        ("application/x-ndjson", format!("{line}\n").repeat(20_000)),
    ];
    for (kind, body) in bodies {
        let token = format!("Bearer {TOKEN}");
        let headers = [
            ("authorization", token.as_str()),
            ("idempotency-key", "large"),
            ("content-type", kind),
            ("content-encoding", "gzip"),
        ];
        let response = server.post_with(&headers, gzip(&body)).expect(413);
        insta::allow_duplicates! {
            insta::assert_snapshot!(response.body, @r#"{"status":413,"title":"Payload Too Large","detail":"a batch has 1048576 bytes at most: send several"}"#);
        }
    }
    assert_eq!(last_day(&server).0, Some(3));
    post(&server, "after", "gzip", gzip(CSV)).expect(201);
}
