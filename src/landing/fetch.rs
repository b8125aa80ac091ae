//! Fetches and decodes one dump, again and again where that can help.

use std::io::{self, Read};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::feed::{Content, DecodeError, Rejection};
use crate::source::{Object, SourceError};

use super::{Stop, Task};

/// How often a dump is tried before it is given up for this run.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// What came of fetching a dump.
pub(super) enum Fetched {
    /// Valid, and ready to land.
    Decoded { object: Object, sha256: [u8; 32], content: Box<dyn Content> },
    /// Refused; without a hash if it was not even read.
    Rejected { object: Object, sha256: Option<[u8; 32]>, rejection: Rejection },
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
            let rejection = Rejection { reason: reason.clone(), ..Rejection::default() };
            return Fetched::Rejected { object: task.object.clone(), sha256: None, rejection };
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

fn try_fetch(
    task: &Task,
    dump: &crate::feed::DumpName,
    object: &Object,
    stop: &Stop,
) -> Result<Fetched, SourceError> {
    let input = task.source.open(object)?;
    let mut body = Body { input, hash: Sha256::new(), stop };
    let decoded = task.feed.decode(dump, &mut body);
    let from_read = |error| SourceError::from_read(&object.key, error);
    match decoded {
        Ok(content) => {
            Ok(Fetched::Decoded { object: object.clone(), sha256: body.hash.finalize().into(), content })
        }
        Err(DecodeError::Rejected(rejection)) => {
            // The ledger keeps the hash of the whole object, also of what nobody wanted to read.
            io::copy(&mut body, &mut io::sink()).map_err(from_read)?;
            let sha256 = Some(body.hash.finalize().into());
            Ok(Fetched::Rejected { object: object.clone(), sha256, rejection })
        }
        Err(DecodeError::Read(error)) => Err(from_read(error)),
        Err(error @ DecodeError::Scratch(_)) => Err(SourceError::Fatal(error.to_string())),
    }
}

/// Hashes the bytes on their way, and ends early when the run is to stop.
struct Body<'s> {
    input: Box<dyn Read + Send>,
    hash: Sha256,
    stop: &'s Stop,
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_set() {
            return Err(io::Error::other("stopped"));
        }
        let read = self.input.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}
