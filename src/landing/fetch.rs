//! Fetches and decodes one dump, again and again where that can help.

use std::io::{self, Read};
use std::time::Duration;

use crate::feed::{Content, DecodeError, DumpName, Refusal, Rejection};
use crate::source::{Object, SourceError};

use super::body::{self, Body, BodyError};
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
    /// Given up because the run is to stop.
    Stopped,
}

impl Fetched {
    pub(super) fn weight(&self) -> usize {
        match self {
            Fetched::Decoded { content, .. } => content.weight(),
            _ => 0,
        }
    }
}

pub(super) fn fetch(task: &Task, stop: &Stop) -> Fetched {
    let dump = match &task.claim {
        Ok(dump) => dump,
        Err(reason) => {
            let refusal = Rejection { reason: reason.clone(), ..Rejection::default() }.into();
            return Fetched::Rejected { object: task.object.clone(), sha256: None, refusal };
        }
    };
    let mut object = task.object.clone();
    let mut attempt = 1;
    loop {
        let error = match try_fetch(task, dump, &object, stop) {
            Ok(fetched) => return fetched,
            Err(_) if stop.is_set() => return Fetched::Stopped,
            Err(SourceError::Gone(_)) => return Fetched::Gone,
            Err(error) => error,
        };
        if attempt == ATTEMPTS || matches!(error, SourceError::Fatal(_)) {
            return Fetched::Failed(error.to_string());
        }
        tracing::debug!(key = object.key, attempt, %error, "trying again");
        stop.sleep(FIRST_PAUSE * 3_u32.pow(attempt - 1));
        attempt += 1;
        if matches!(error, SourceError::Changed(_)) {
            match task.source.look_up(&object.key) {
                Ok(now) => object = now,
                Err(SourceError::Gone(_)) => return Fetched::Gone,
                // The next attempt meets the same trouble and judges it.
                Err(_) => {}
            }
        }
    }
}

fn try_fetch(task: &Task, dump: &DumpName, object: &Object, stop: &Stop) -> Result<Fetched, SourceError> {
    let mut input = Stoppable { input: task.source.open(object)?, stop };
    let object = object.clone();
    match body::read(task.feed, dump, &mut input) {
        Ok(Body { content: Ok(content), sha256, .. }) => Ok(Fetched::Decoded { object, sha256, content }),
        Ok(Body { content: Err(refusal), sha256, .. }) => {
            Ok(Fetched::Rejected { object, sha256: Some(sha256), refusal })
        }
        Err(BodyError::Read(error)) => Err(SourceError::from_read(&object.key, error)),
        Err(BodyError::Scratch(error)) => Err(SourceError::Fatal(DecodeError::Scratch(error).to_string())),
    }
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
