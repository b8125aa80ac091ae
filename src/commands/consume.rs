//! `landfall consume`.

use std::time::Duration;

use tokio::runtime::{Handle, Runtime};

use super::usage::wrong_usage;
use super::{Exit, metrics, signals};
use crate::cli::consume::Consume;
use crate::consume::{Consumer, Limits};
use crate::ingest::Stop;
use crate::queue::Queue;
use crate::sink::{DirectorySink, S3Sink, Sink};
use crate::source::{Location, S3Options};

pub(super) fn run(args: &Consume) -> anyhow::Result<Exit> {
    if args.dead_letter_queue.as_ref() == Some(&args.queue) {
        let wrong = "it is --queue: what is no event would come again and again; name another queue";
        wrong_usage("consume", format!("--dead-letter-queue: {wrong}"));
    }
    let runtime = Runtime::new()?;
    let stop = Stop::default();
    signals::watch(&runtime, &stop, "stopping: the messages in hand are written")?;
    if let Some(address) = args.metrics {
        metrics::serve(&runtime, address)?;
    }
    let open = |url| Queue::open(url, args.visibility_timeout, runtime.handle().clone());
    let consumer = Consumer {
        queue: open(&args.queue)?,
        dead_letters: args.dead_letter_queue.as_ref().map(open).transpose()?,
        sink: sink(args, runtime.handle())?,
        receivers: args.receivers.into(),
        limits: Limits {
            age: Duration::from_secs(args.batch_seconds.into()),
            bytes: args.batch_bytes as usize,
        },
    };
    consumer.run(&stop)?;
    Ok(Exit::Success)
}

fn sink(args: &Consume, runtime: &Handle) -> anyhow::Result<Box<dyn Sink>> {
    Ok(match &args.to {
        Location::Path(path) => Box::new(DirectorySink::new(path.clone())),
        Location::S3 { bucket, prefix } => {
            let options = S3Options { addressing: args.s3.addressing.into(), ..S3Options::default() };
            Box::new(S3Sink::open(bucket, prefix, options, runtime.clone())?)
        }
    })
}
