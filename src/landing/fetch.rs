//! Fetches and decodes one dump, again and again where that can help.

use std::io::{self, Read};
use std::time::Duration;

use crate::feed::{Content, DecodeError, DumpName, Refusal, Rejection};
use crate::source::{Object, SourceError};

use super::body::{self, Body, BodyError};
use super::exact::Exact;
use super::{Stop, Task};

/// How often a dump is tried before it is given up for this run.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// What came of fetching a dump.
pub(super) enum Fetched {
    /// Valid, and ready to land.
    Decoded { object: Object, sha256: [u8; 32], content: Box<dyn Content> },
    /// Refused; without a hash if it was not even read.
    Rejected { object: Object, sha256: Option<[u8; 32]>, refusal: Refusal },
    /// Could not be read; not the dump's fault.
    Failed(String),
    /// Deleted since it was listed.
    Gone,
    /// Not read, because the run is to stop or the source is down.
    Stopped,
}

impl Fetched {
    /// Whether the ledger is to know of it.
    pub(super) fn is_read(&self) -> bool {
        matches!(self, Fetched::Decoded { .. } | Fetched::Rejected { .. })
    }

    pub(super) fn weight(&self) -> usize {
        match self {
            Fetched::Decoded { content, .. } => content.weight(),
            _ => 0,
        }
    }
}

/// Fetches and decodes a dump, or says why that failed.
pub(super) fn fetch(task: &Task, stop: &Stop) -> Fetched {
    try_fetch(task, stop).unwrap_or_else(|error| Fetched::Failed(error.to_string()))
}

/// Fetches and decodes a dump. An error is the last of as many attempts as made sense.
pub(super) fn try_fetch(task: &Task, stop: &Stop) -> Result<Fetched, SourceError> {
    let dump = match &task.claim {
        Ok(dump) => dump,
        Err(reason) => {
            let refusal = Rejection { reason: reason.clone(), ..Rejection::default() }.into();
            return Ok(Fetched::Rejected { object: task.object.clone(), sha256: None, refusal });
        }
    };
    let mut object = task.object.clone();
    let mut attempt = 1;
    loop {
        let error = match fetch_once(task, dump, &object, stop) {
            Ok(fetched) => return Ok(fetched),
            Err(_) if stop.is_set() => return Ok(Fetched::Stopped),
            Err(SourceError::Gone(_)) => return Ok(Fetched::Gone),
            Err(error) => error,
        };
        if attempt == ATTEMPTS || !matches!(error, SourceError::Transient(_) | SourceError::Changed(_)) {
            return Err(error);
        }
        tracing::debug!(key = object.key, attempt, %error, "trying again");
        stop.sleep(FIRST_PAUSE * 3_u32.pow(attempt - 1));
        attempt += 1;
        if matches!(error, SourceError::Changed(_)) {
            match task.source.look_up(&object.key) {
                Ok(now) => object = now,
                Err(SourceError::Gone(_)) => return Ok(Fetched::Gone),
                // The next attempt meets the same trouble and classifies it.
                Err(_) => {}
            }
        }
    }
}

/// Reads an object to its end, once, and keeps nothing of it. An error is the source's own, not the object's.
pub(super) fn test(task: &Task, stop: &Stop) -> Result<(), SourceError> {
    let read = open(task, &task.object, stop).and_then(|mut input| {
        io::copy(&mut input, &mut io::sink()).map_err(|error| SourceError::from_read(&task.location(), error))
    });
    match read {
        Err(error @ (SourceError::Transient(_) | SourceError::Fatal(_))) => Err(error),
        Ok(_) | Err(SourceError::Gone(_) | SourceError::Changed(_) | SourceError::Unreadable(_)) => Ok(()),
    }
}

fn fetch_once(task: &Task, dump: &DumpName, object: &Object, stop: &Stop) -> Result<Fetched, SourceError> {
    let mut input = open(task, object, stop)?;
    let object = object.clone();
    match body::read(task.feed, dump, &mut input) {
        Ok(Body { content: Ok(content), sha256, .. }) => Ok(Fetched::Decoded { object, sha256, content }),
        Ok(Body { content: Err(refusal), sha256, .. }) => {
            Ok(Fetched::Rejected { object, sha256: Some(sha256), refusal })
        }
        Err(BodyError::Read(error)) => Err(SourceError::from_read(&task.location(), error)),
        // This machine's fault, but only dumps as large as this one meet it.
        Err(BodyError::Scratch(error)) => {
            Err(SourceError::Unreadable(DecodeError::Scratch(error).to_string()))
        }
    }
}

/// Opens an object, unless it is known that it cannot be read.
fn open<'s>(task: &Task, object: &Object, stop: &'s Stop) -> Result<Exact<Stoppable<'s>>, SourceError> {
    let location = task.location();
    if object.archived {
        return Err(SourceError::Unreadable(format!(
            "{location} is archived: restore it or narrow the prefix"
        )));
    }
    let input = Stoppable { input: task.source.open(object)?, stop };
    Ok(Exact::new(input, location, object.size))
}

/// Ends early when the run is to stop.
struct Stoppable<'s> {
    input: Box<dyn Read + Send>,
    stop: &'s Stop,
}

impl Read for Stoppable<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_set() {
            return Err(io::Error::other("stopped"));
        }
        self.input.read(buffer)
    }
}
