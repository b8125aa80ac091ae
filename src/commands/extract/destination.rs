//! Where files go.

use anyhow::Context;
use tokio::runtime::Runtime;

use crate::cli::S3Addressing;
use crate::sink::{DirectorySink, S3Sink, Sink};
use crate::source::{Location, S3Options};

pub(super) fn sink(
    destination: &Location,
    addressing: S3Addressing,
    runtime: &Runtime,
) -> anyhow::Result<Box<dyn Sink>> {
    Ok(match destination {
        // What was extracted to it is recorded under its name.
        Location::Path(path) => {
            let path = std::path::absolute(path).with_context(|| format!("cannot use {}", path.display()))?;
            // However many slashes and dots it is written with.
            Box::new(DirectorySink::new(path.components().collect()))
        }
        Location::S3 { bucket, prefix } => {
            let options = S3Options { addressing: addressing.into(), ..S3Options::default() };
            Box::new(S3Sink::open(bucket, prefix, options, runtime.handle().clone())?)
        }
    })
}
