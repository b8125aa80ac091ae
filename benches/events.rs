//! The benchmark of application events: `scripts/bench-events`.
//!
//! Consuming is compared with a consumer that only receives and deletes, from the same queue in memory; loading with psql's
//! binary `\copy` of the same rows into the same tables. Both take turns.

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use diesel::connection::SimpleConnection;
use flate2::read::MultiGzDecoder;
use landfall::consume::{Batch, object_of_events};
use landfall::db;
use landfall::queue::{Message, Queue};
use landfall::sink::{DirectorySink, Sink};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use test_sqs::TestSqs;
use tokio::runtime::Runtime;

use support::{Bench, middle, millions, peak_mib};

/// Both sides of a comparison take turns this often; the middle ones are compared.
const ROUNDS: usize = 5;
/// Messages that are consumed in a round.
const MESSAGES: usize = 100_000;
/// Events that are loaded in a round.
const EVENTS: usize = 1_000_000;
/// Requests for messages at once: the default of `landfall consume`.
const RECEIVERS: usize = 4;
const VISIBILITY: Duration = Duration::from_mins(5);
const QUEUE: &str = "events";

/// With the URL of a queue, a process is the empty consumer.
const EMPTY_CONSUMER: &str = "LANDFALL_BENCH_EMPTY_CONSUMER";

fn main() -> Result<()> {
    if let Ok(url) = std::env::var(EMPTY_CONSUMER) {
        return empty_consumer(&url);
    }
    let bench = Bench::new()?;
    println!("| what | |\n|---|---|");
    bench.consume()?;
    bench.objects()?;
    bench.load()
}

/// Receives and deletes until it is killed.
fn empty_consumer(url: &str) -> Result<()> {
    let runtime = Runtime::new()?;
    let queue = Queue::open(&url.parse().map_err(anyhow::Error::msg)?, VISIBILITY, runtime.handle().clone())?;
    thread::scope(|scope| {
        for _ in 0..RECEIVERS {
            scope.spawn(|| {
                while let Ok(messages) = queue.receive(Duration::from_secs(20), std::future::pending()) {
                    queue.delete(messages.iter().map(|message| &message.receipt));
                }
            });
        }
    });
    Ok(())
}

/// A process that ends with its owner.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Bench {
    fn simulate_events(&self, name: &str, count: usize) -> Result<std::path::PathBuf> {
        let folder = self.folder.join(name);
        let status = Command::new(env!("CARGO_BIN_EXE_landfall"))
            .args([
                "--quiet",
                "simulate",
                "events",
                "--first-day",
                "2026-01-01",
                "--malformed",
                "0",
                "--count",
            ])
            .arg(count.to_string())
            .arg(&folder)
            .status()?;
        ensure!(status.success(), "simulate failed");
        Ok(folder)
    }

    fn bodies(&self) -> Result<Vec<String>> {
        let mut bodies = Vec::new();
        lines_of(&self.simulate_events("messages", MESSAGES)?, &mut bodies)?;
        ensure!(bodies.len() == MESSAGES, "{} messages", bodies.len());
        Ok(bodies)
    }

    fn consume(&self) -> Result<()> {
        let bodies = self.bodies()?;
        let sqs = TestSqs::start()?;
        let (mut ceilings, mut rates, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let url = sqs.create_queue(QUEUE);
            sqs.send(QUEUE, &bodies);
            let mut empty = Command::new(std::env::current_exe()?);
            empty.env(EMPTY_CONSUMER, &url);
            ceilings.push(consumed(&sqs, Killed(empty.spawn()?))?.0);

            let folder = self.folder.join("consumed");
            sqs.send(QUEUE, &bodies);
            let mut consume = Command::new(env!("CARGO_BIN_EXE_landfall"));
            consume
                .args(["--quiet", "consume", "--batch-seconds", "1", "--queue", &url, "--to"])
                .arg(&folder);
            let (rate, peak) = consumed(&sqs, Killed(consume.spawn()?))?;
            rates.push(rate);
            peaks.push(peak);
            let mut written = Vec::new();
            lines_of(&folder, &mut written)?;
            ensure!(written.len() == MESSAGES, "{} of {MESSAGES} are written", written.len());
            fs::remove_dir_all(folder)?;
        }
        let (ceiling, rate) = (middle(&mut ceilings), middle(&mut rates));
        println!("| receive and delete only, a queue in memory: the ceiling | {ceiling:.0} messages/s |");
        println!("| `landfall consume` to a directory | {rate:.0} messages/s |");
        println!("| **consume, as a ratio of the ceiling** | **{:.2}** |", rate / ceiling);
        println!("| peak memory of `landfall consume` | {:.0} MiB |", middle(&mut peaks));
        Ok(())
    }

    /// From messages in hand to objects that are durable, in one thread.
    fn objects(&self) -> Result<()> {
        let bodies = self.bodies()?;
        let sqs = TestSqs::start()?;
        let url = sqs.create_queue(QUEUE);
        sqs.send(QUEUE, bodies);
        let runtime = Runtime::new()?;
        let queue =
            Queue::open(&url.parse().map_err(anyhow::Error::msg)?, VISIBILITY, runtime.handle().clone())?;
        let mut messages: Vec<Message> = Vec::new();
        while messages.len() < MESSAGES {
            messages.extend(queue.receive(Duration::ZERO, std::future::pending())?);
        }
        let sink = DirectorySink::new(self.folder.join("objects"));
        let mut rates = Vec::new();
        for _ in 0..ROUNDS {
            let batches: Vec<Vec<Message>> = messages.chunks(MESSAGES / 5).map(<[Message]>::to_vec).collect();
            let started = Instant::now();
            for messages in batches {
                let mut batch = Batch::default();
                messages.into_iter().for_each(|message| batch.add(message));
                let object = object_of_events(Utc::now().date_naive(), &mut batch.events)?;
                sink.put(&object.key, &object.body)?;
            }
            rates.push(MESSAGES as f64 / started.elapsed().as_secs_f64());
        }
        println!("| validate, sort, compress, write: one thread | {:.0} events/s |", middle(&mut rates));
        Ok(())
    }

    fn load(&self) -> Result<()> {
        let objects = self.simulate_events("objects", EVENTS)?;
        let (mut imports, mut limits, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
        let mut rows = 0;
        for _ in 0..ROUNDS {
            let database = self.database("imported")?;
            let run = self.import(&database, &objects, &[])?;
            imports.push(run.seconds);
            peaks.push(run.peak_mib);
            let new = run.report["rows_new"].as_i64();
            let empty = self.database("copied")?;
            let mut limit = 0.0;
            let days = "SELECT events_ensure_day(day::date) FROM generate_series(timestamp '2026-01-01', '2026-01-08', '1 day') AS day";
            db::connect(&empty)?.batch_execute(days)?;
            for (table, order) in [("events", "dump_id"), ("event_ids", "received_at")] {
                let file = self.folder.join(table);
                let file = file.display();
                self.psql(
                    &database,
                    &format!("\\copy (SELECT * FROM {table} ORDER BY {order}) TO '{file}' (FORMAT binary)"),
                )?;
                limit += self.psql(&empty, &format!("\\copy {table} FROM '{file}' (FORMAT binary)"))?;
                let count = format!("SELECT count(*) FROM {table}");
                rows = self.number(&database, &count)?;
                ensure!(self.number(&empty, &count)? == rows && new == Some(rows), "rows of {table} differ");
            }
            limits.push(limit);
        }
        let (limit, import) = (middle(&mut limits), middle(&mut imports));
        println!("| `\\copy` of {:.2} M events and their ids: the limit | {limit:.2} s |", millions(rows));
        println!("| import of the objects | {import:.2} s, {:.0} events/s |", rows as f64 / import);
        println!("| **import, as a ratio of the limit** | **{:.2}** |", limit / import);
        println!("| peak memory of the importer | {:.0} MiB |", middle(&mut peaks));
        Ok(())
    }
}

/// Messages a second until the queue is empty, and the peak memory of the consumer.
fn consumed(sqs: &TestSqs, mut consumer: Killed) -> Result<(f64, f64)> {
    let started = Instant::now();
    let peak = peak_mib(consumer.0.id());
    while sqs.messages(QUEUE) > 0 {
        ensure!(consumer.0.try_wait()?.is_none(), "the consumer has ended");
        sleep(Duration::from_millis(2));
    }
    let seconds = started.elapsed().as_secs_f64();
    kill(Pid::from_raw(consumer.0.id().cast_signed()), Signal::SIGTERM)?;
    consumer.0.wait()?;
    let peak = peak.join().ok().context("the watcher failed")?;
    Ok((MESSAGES as f64 / seconds, peak))
}

/// All lines of the objects in a folder and those below it.
fn lines_of(folder: &Path, lines: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            lines_of(&path, lines)?;
            continue;
        }
        let file = fs::File::open(&path)?;
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        let reader: Box<dyn std::io::Read> =
            if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
        for line in BufReader::new(reader).lines() {
            lines.push(line?);
        }
    }
    Ok(())
}
