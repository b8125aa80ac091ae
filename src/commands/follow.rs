//! `landfall follow`.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::database::Database;
use super::usage::wrong_usage;
use super::{Exit, metrics, signals};
use crate::cli::Follow;
use crate::follow::Follower;
use crate::ingest::{Bulk, Effort, Stop};
use crate::queue::Queue;
use crate::source::{Bucket, Location};

pub(super) fn run(args: Follow) -> anyhow::Result<Exit> {
    let runtime = Runtime::new()?;
    let stop = Stop::default();
    signals::watch(&runtime, &stop, "stopping: the messages in hand are finished")?;
    if let Some(address) = args.metrics {
        metrics::serve(&runtime, address)?;
    }
    let mut buckets = Vec::new();
    for location in &args.sources {
        let (bucket, prefix) = bucket_of(location);
        buckets.push(Arc::new(Bucket::open(bucket, prefix, args.s3.into(), runtime.handle().clone())?));
    }
    let queue = Queue::open(&args.queue, args.visibility_timeout, runtime.handle().clone())?;
    let database = Database::open(&args.database)?;
    drop(database.migrated()?);
    let follower = Follower {
        queue,
        buckets,
        database: database.url.clone(),
        effort: Effort { jobs: args.jobs.into(), bulk: Bulk::Auto },
        list_every: Some(args.list_every).filter(|every| !every.is_zero()),
    };
    follower.run(&stop)?;
    Ok(Exit::Success)
}

/// The bucket and prefix of a SOURCE that a queue can tell of.
fn bucket_of(location: &Location) -> (&str, &str) {
    match location {
        Location::Path(path) => wrong_usage(
            "follow",
            format!(
                "SOURCE {} is not a bucket, and no queue tells of it: write s3://BUCKET/PREFIX, or use `landfall import`",
                path.display()
            ),
        ),
        // Notifications have the bucket's own name, whichever way the object was written.
        Location::S3 { bucket, .. } if bucket.starts_with("arn:") || bucket.ends_with("-s3alias") => {
            wrong_usage(
                "follow",
                format!(
                    "SOURCE s3://{bucket} is an access point, which no notification names: name its bucket"
                ),
            )
        }
        Location::S3 { bucket, prefix } => (bucket, prefix),
    }
}
