//! Where commands write files to.

use std::path;

use anyhow::Context;
use tokio::runtime::Runtime;

use crate::sink::{DirectorySink, S3Sink, Sink};
use crate::source::{Addressing, Location, S3Options};

/// Opens a destination. A directory, which is created if it is missing, is known by its absolute path from then on, since the ledger
/// has what was written to it.
pub(super) fn open(
    destination: &Location,
    addressing: Addressing,
    runtime: &Runtime,
) -> anyhow::Result<Box<dyn Sink>> {
    Ok(match destination {
        Location::Path(path) => {
            let path = path::absolute(path).with_context(|| format!("cannot use {}", path.display()))?;
            // However many slashes and dots it is written with.
            Box::new(DirectorySink::new(path.components().collect()))
        }
        Location::S3 { bucket, prefix } => {
            let options = S3Options { addressing, ..S3Options::default() };
            Box::new(S3Sink::open(bucket, prefix, options, runtime.handle().clone())?)
        }
    })
}
