//! What is at a destination, for a plan: nothing is written.

use std::cell::Cell;
use std::fs;
use std::io::{self, Read};
use std::path::{self, PathBuf};

use anyhow::{Context, anyhow};
use nix::unistd::{AccessFlags, access};
use tokio::runtime::Runtime;

use crate::sink::{Placed, SinkError};
use crate::source::{Addressing, Bucket, Location, S3Options, Source, SourceError};

/// A destination that is only looked at.
pub(super) struct Look {
    place: Place,
    /// Whether it was told already that nothing can be seen.
    is_told: Cell<bool>,
}

enum Place {
    Directory(PathBuf),
    /// The prefix is empty, or ends in a slash.
    Bucket(Bucket, String),
}

impl Look {
    /// Opens a destination. A directory has to be one that could be written to; only writing shows that of a bucket.
    pub(super) fn open(
        destination: &Location,
        addressing: Addressing,
        runtime: &Runtime,
    ) -> anyhow::Result<Self> {
        let place = match destination {
            Location::Path(path) => {
                let path = path::absolute(path).with_context(|| format!("cannot use {}", path.display()))?;
                check(&path).map_err(|error| anyhow!("cannot write {}: {error}", path.display()))?;
                Place::Directory(path)
            }
            Location::S3 { bucket, prefix } => {
                let prefix = match prefix.trim_end_matches('/') {
                    "" => String::new(),
                    prefix => format!("{prefix}/"),
                };
                let options = S3Options { addressing, ..S3Options::default() };
                Place::Bucket(Bucket::open(bucket, &prefix, options, runtime.handle().clone())?, prefix)
            }
        };
        Ok(Self { place, is_told: Cell::new(false) })
    }

    /// What writing a new object would find; nothing if that cannot be seen.
    pub(super) fn look(&self, key: &str, body: &[u8]) -> Result<Option<Placed>, SinkError> {
        let found = match &self.place {
            Place::Directory(root) => {
                let path = root.join(key);
                match fs::read(&path) {
                    Ok(bytes) => Some(bytes),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                    Err(error) => {
                        return Err(SinkError::Fatal(format!("cannot read {}: {error}", path.display())));
                    }
                }
            }
            Place::Bucket(bucket, prefix) => match read(bucket, &format!("{prefix}{key}"), body.len()) {
                Ok(bytes) => Some(bytes),
                Err(SourceError::Deleted(_)) => None,
                // As without s3:ListBucket: then S3 does not tell whether there is an object.
                Err(SourceError::Unreadable(error)) => {
                    if !self.is_told.replace(true) {
                        tracing::warn!(%error, "what is in the bucket cannot be seen: this is what the ledger says alone");
                    }
                    return Ok(None);
                }
                Err(error) => return Err(error.into()),
            },
        };
        Ok(Some(match found {
            None => Placed::Written,
            Some(found) if found == body => Placed::Same,
            Some(_) => Placed::Different,
        }))
    }
}

/// An object, but not much more of it than is expected.
fn read(bucket: &Bucket, key: &str, expected: usize) -> Result<Vec<u8>, SourceError> {
    let body = bucket.open(&bucket.look_up(key)?)?;
    let mut bytes = Vec::new();
    let mut start = body.bytes.take(expected as u64 + 1);
    start.read_to_end(&mut bytes).map_err(|error| SourceError::from_read(key, error))?;
    Ok(bytes)
}

/// Whether a directory can be written to, or created.
fn check(path: &path::Path) -> io::Result<()> {
    let there = path.ancestors().find(|path| path.exists()).unwrap_or(path);
    if !there.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    Ok(access(there, AccessFlags::W_OK | AccessFlags::X_OK)?)
}
