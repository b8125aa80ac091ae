//! Application events.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::runtime::Runtime;

use crate::cli::events::Simulate;
use crate::commands::Exit;
use crate::feed::events::simulate::{Message, Simulation, objects};
use crate::queue::{Queue, QueueError, QueueUrl};

/// Requests to the queue at once.
const SENDERS: usize = 16;
/// Messages of a request, at most.
const MAX_REQUEST: u32 = 10;

pub(super) fn run(args: &Simulate) -> anyhow::Result<Exit> {
    let simulation = Simulation {
        count: args.count,
        first_day: args.first_day.unwrap_or_else(|| super::first_day(args.days)),
        days: args.days,
        events: args.events.clone(),
        devices: args.devices.clone(),
        duplicates: args.duplicates,
        late: args.late,
        out_of_order: args.out_of_order,
        malformed: args.malformed,
        seed: args.seed,
    };
    let mut malformed = 0_u64;
    let messages = simulation.messages().inspect(|message| malformed += u64::from(message.is_malformed));
    match (&args.out, &args.queue) {
        (Some(out), _) => {
            write(out, messages, args.batch as usize)?;
            tracing::info!(messages = args.count, malformed, directory = %out.display(), "simulated");
        }
        (None, Some(url)) => {
            let started = Instant::now();
            send(url, messages, args.rate)?;
            let elapsed_ms = started.elapsed().as_millis() as u64;
            tracing::info!(messages = args.count, malformed, elapsed_ms, queue = %url, "sent");
        }
        (None, None) => {}
    }
    Ok(Exit::Success)
}

fn write(out: &Path, messages: impl Iterator<Item = Message>, size: usize) -> anyhow::Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    for object in objects(messages, size) {
        let path = out.join(&object.name);
        fs::write(&path, &object.body).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// Sends the messages with several threads, which take turns: at so many a second, or as fast as the queue takes them.
fn send(url: &QueueUrl, messages: impl Iterator<Item = Message> + Send, rate: u32) -> anyhow::Result<()> {
    let runtime = Runtime::new()?;
    // Nothing is received here.
    let queue = Queue::open(url, Duration::ZERO, runtime.handle().clone())?;
    let size = if rate == 0 { MAX_REQUEST } else { rate.clamp(1, MAX_REQUEST) };
    let source = Mutex::new(messages);
    let started = Instant::now();
    let sent = Mutex::new(0_u64);
    let send_all = || -> Result<(), QueueError> {
        loop {
            let bodies: Vec<String> = {
                let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
                source.by_ref().take(size as usize).map(|message| message.body).collect()
            };
            if bodies.is_empty() {
                return Ok(());
            }
            if rate > 0 {
                let before = {
                    let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
                    let before = *sent;
                    *sent += bodies.len() as u64;
                    before
                };
                let due = Duration::from_secs_f64(before as f64 / f64::from(rate));
                thread::sleep(due.saturating_sub(started.elapsed()));
            }
            queue.send(&bodies)?;
        }
    };
    thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(send_all)).collect();
        let mut ended = senders.into_iter().map(thread::ScopedJoinHandle::join);
        ended.try_for_each(|ended| ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    Ok(())
}
