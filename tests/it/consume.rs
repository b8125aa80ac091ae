//! `landfall consume`: from a queue to the S3 of moto or a directory, and from there to rows.

mod endings;
mod faults;
mod kills;
mod proxy;
mod refused;
mod shapes;

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde_json::Value;

use test_sqs::TestSqs;

use crate::support::{Database, Follower, Landfall, Moto, agent, wait_until};

/// A database, a bucket, a queue, and one for what is no event.
struct World {
    database: Database,
    moto: Moto,
    sqs: TestSqs,
    queue: String,
    dead_letters: String,
}

const QUEUE: &str = "events";
const DEAD_LETTERS: &str = "events-dead";

impl World {
    fn new() -> Self {
        let sqs = TestSqs::start().unwrap();
        Self {
            database: Database::new(),
            moto: Moto::with_redrive(1_000),
            queue: sqs.create_queue(QUEUE),
            dead_letters: sqs.create_queue(DEAD_LETTERS),
            sqs,
        }
    }

    fn command(&self, options: &[&str]) -> Landfall {
        let to = format!("s3://{}/raw", self.moto.bucket);
        self.command_to(&to, options)
    }

    fn command_to(&self, to: &str, options: &[&str]) -> Landfall {
        let batch = if options.contains(&"--batch-seconds") { "" } else { "--batch-seconds=1" };
        let args = ["-v", "consume", "--queue", &self.queue, "--to", to, batch];
        let args: Vec<&str> = args.iter().chain(options).copied().filter(|arg| !arg.is_empty()).collect();
        self.moto.reached_by(Landfall::bare(&args)).env("AWS_ENDPOINT_URL_SQS", self.sqs.endpoint())
    }

    fn send(&self, body: &str) {
        self.sqs.send(QUEUE, [body]);
    }

    fn send_all(&self, bodies: &[String]) {
        self.sqs.send(QUEUE, bodies);
    }

    /// Messages in the queue that are in nobody's hand.
    fn visible(&self) -> usize {
        self.sqs.visible(QUEUE)
    }

    /// Messages in the queue, those in somebody's hand included.
    fn messages(&self) -> usize {
        self.sqs.messages(QUEUE)
    }

    /// Bodies and attributes of what was sent to the dead-letter queue.
    fn dead(&self) -> Vec<(String, Value)> {
        self.sqs.bodies(DEAD_LETTERS)
    }

    fn consume(&self, options: &[&str]) -> Follower {
        Follower::consuming(self.command(options))
    }

    fn import(&self) {
        let source = format!("s3://{}/raw", self.moto.bucket);
        self.moto.reached_by(Landfall::on(&self.database, &["import", &source])).run().expect(0);
    }

    /// Lines of all objects of events, by object.
    fn raw(&self) -> BTreeMap<String, Vec<String>> {
        lines(self.moto.objects("raw/events/"))
    }

    fn raw_lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.raw().into_values().flatten().collect();
        lines.sort();
        lines
    }

    /// What was no event.
    fn malformed(&self) -> Vec<Value> {
        let lines = lines(self.moto.objects("raw/malformed/")).into_values().flatten();
        lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
    }

    fn stored(&self) -> i64 {
        self.database.number("SELECT count(*) FROM events")
    }

    #[track_caller]
    fn wait_for_empty_queue(&self) {
        wait_until("an empty queue", || self.messages() == 0);
    }
}

fn lines(objects: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<String>> {
    let unpack = |packed: Vec<u8>| {
        let mut text = String::new();
        MultiGzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
        assert!(text.ends_with('\n'));
        text.lines().map(ToOwned::to_owned).collect()
    };
    objects.into_iter().map(|(key, packed)| (key, unpack(packed))).collect()
}

/// An event of its own.
fn event(id: usize) -> String {
    format!(
        r#"{{"id": "0F8B2C6E-7D3A-4C1B-9A55-{id:012X}", "anonymous_id": "6d2f7c1e-93b4-4a0d-8c57-1e2b3c4d5f60", "event": "submission_success", "event_text": "submissionSuccess", "context_device_type": "ios", "timestamp": "2019-07-01 12:00:00", "sent_at": "2019-07-01 12:00:00.5", "received_at": "2019-07-01 12:00:01", "number": {id}}}"#
    )
}

fn events(ids: std::ops::Range<usize>) -> Vec<String> {
    ids.map(event).collect()
}

/// The sum of a field of the lines about batches.
fn sum(consumer: &Follower, field: &str) -> u64 {
    sum_of(consumer, "written", field)
}

fn sum_of(consumer: &Follower, message: &str, field: &str) -> u64 {
    consumer.lines(message).iter().map(|line| line[field].as_u64().unwrap_or_default()).sum()
}

/// Waits until so many messages have been received, with those that came twice.
#[track_caller]
fn wait_for_received(consumer: &Follower, messages: u64) {
    wait_until("all messages in hand", || sum_of(consumer, "received", "messages") >= messages);
}

#[test]
fn from_the_queue_to_rows() {
    let world = World::new();
    let dead_letters = world.dead_letters.clone();
    let consumer = world.consume(&[
        "--dead-letter-queue",
        &dead_letters,
        "--metrics",
        "0",
        "--visibility-timeout",
        "30s",
    ]);
    world.send_all(&events(0..37));
    // A repeat of the sender's.
    world.send_all(&[event(7), "hello".to_owned(), event(99).replace("2019", "in 2019")]);
    world.wait_for_empty_queue();
    wait_until("the lines about all", || sum(&consumer, "events") + sum(&consumer, "malformed") == 40);
    let mut sent = events(0..37);
    sent.push(event(7));
    sent.sort();
    assert_eq!(world.raw_lines(), sent);
    for (key, lines) in world.raw() {
        let day = key.strip_prefix("raw/events/dt=").unwrap().split('/').next().unwrap();
        let name = format!("raw/events/dt={day}/events_{}_", day.replace('-', ""));
        assert!(key.starts_with(&name) && key.ends_with(".ndjson.gz"), "{key}");
        assert!(lines.is_sorted());
    }
    let mut reasons: Vec<(String, Value)> = world
        .malformed()
        .into_iter()
        .map(|line| (line["reason"].as_str().unwrap().to_owned(), line["field"].clone()))
        .collect();
    reasons.sort_by_key(|(reason, _)| reason.clone());
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[0].0.contains("is not a timestamp") && reasons[0].1.is_string(), "{reasons:?}");
    assert_eq!(reasons[1], ("not valid: expected value".to_owned(), Value::Null));
    // The dead-letter queue has the bodies as they were, and why.
    let mut dead = world.dead();
    dead.sort_by_key(|(body, _)| body.len());
    assert_eq!(dead.len(), 2, "{dead:?}");
    assert_eq!(dead[0].0, "hello");
    assert_eq!(dead[0].1["reason"]["StringValue"], "not valid: expected value");
    assert!(world.malformed().iter().any(|line| line["body"] == *dead[1].0));

    let address = consumer.lines("metrics: ")[0]["address"].as_str().unwrap().to_owned();
    let metrics =
        agent().get(format!("http://{address}/metrics")).call().unwrap().body_mut().read_to_string();
    let metrics = metrics.unwrap();
    for line in [
        "landfall_consume_received_total 40",
        "landfall_consume_written_total 38",
        "landfall_consume_malformed_total 2",
        "landfall_consume_deleted_total 40",
        "landfall_consume_retries_total 0",
    ] {
        assert!(metrics.lines().any(|other| other == line), "{line}: {metrics}");
    }
    assert!(metrics.contains("\nlandfall_consume_oldest_seconds "), "{metrics}");
    consumer.stop();

    world.import();
    assert_eq!(world.stored(), 37);
    // What was no event is there as it was sent, with the same reason.
    let dead_letters =
        "SELECT convert_from(raw, 'UTF8'), field, reason FROM dead_letters ORDER BY length(raw)";
    let mut kept: Vec<String> = world
        .malformed()
        .into_iter()
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
            format!("{} | {} | {}", text("body"), text("field"), text("reason"))
        })
        .collect();
    kept.sort_by_key(String::len);
    assert_eq!(world.database.table(dead_letters).lines().collect::<Vec<_>>(), kept);
    // The object that showed whether one can write is none of them.
    let objects = world.moto.objects("raw/").len() as i64 - 1;
    assert_eq!(world.database.number("SELECT count(*) FROM ledger WHERE status = 'landed'"), objects);
    assert_eq!(world.database.number("SELECT count(*) FROM ledger"), objects);
}

#[test]
fn a_batch_is_closed_by_its_size_and_by_its_age() {
    let world = World::new();
    world.send_all(&events(0..120));
    let bytes = (event(0).len() * 30).to_string();
    let consumer = world.consume(&["--batch-seconds", "3600", "--batch-bytes", &bytes, "--receivers", "1"]);
    // Batches of 30, three times ten messages; what is left waits.
    wait_until("full batches", || sum(&consumer, "events") == 120);
    for line in consumer.lines("written") {
        let events = line["events"].as_u64().unwrap();
        assert!((30..=60).contains(&events), "{line}");
    }
    world.send_all(&events(200..205));
    wait_for_received(&consumer, 125);
    assert_eq!((sum(&consumer, "events"), world.messages()), (120, 5));
    consumer.stop();
    assert_eq!(world.raw_lines().len(), 125);
}

#[test]
fn a_directory_gets_the_same_objects() {
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("raw");
    let to = to.to_str().unwrap();
    let consumer = Follower::consuming(world.command_to(to, &[]));
    world.send_all(&events(0..25));
    world.send("hello");
    world.wait_for_empty_queue();
    consumer.stop();
    Landfall::on(&world.database, &["import", to]).run().expect(0);
    assert_eq!(world.stored(), 25);
    let found = std::process::Command::new("find").args([to, "-type", "f"]).output().unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(found.lines().all(|path| path.ends_with(".ndjson.gz")), "{found}");
    assert_eq!(found.lines().filter(|path| path.contains("/malformed/dt=")).count(), 1, "{found}");
}

/// What others think a queue is. moto delivers twice at times, and loses what is sent while it deletes: so all is sent before,
/// and this is about what must be in any case.
#[test]
fn from_a_queue_of_moto_to_rows() {
    let world = World::new();
    let to = format!("s3://{}/raw", world.moto.bucket);
    let args = ["-v", "consume", "--queue", &world.moto.queue, "--to", &to, "--batch-seconds", "1"];
    let args = [&args[..], &["--dead-letter-queue", &world.moto.dead_letters]].concat();
    world.moto.send_all(&events(0..25));
    world.moto.send("hello");
    let consumer = Follower::consuming(world.moto.reached_by(Landfall::bare(&args)));
    wait_until("an empty queue", || world.moto.messages() == 0);
    consumer.stop();
    let dead = world.moto.receive_dead();
    assert!(!dead.is_empty() && dead.iter().all(|message| message["Body"] == "hello"), "{dead:?}");
    assert_eq!(dead[0]["MessageAttributes"]["reason"]["StringValue"], "not valid: expected value");
    world.import();
    assert_eq!(world.stored(), 25);
}
