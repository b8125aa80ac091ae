//! Fetches and decodes one dump, again and again where that can help.

use std::io::{self, Read};
use std::time::Duration;

use crate::feed::{DecodeError, DumpName, RecordError, TypedFeed};
use crate::source::{Object, SourceError, StoredBody};

use super::body::{self, BodyError, DecodedBody};
use super::compression::Layers;
use super::fetch_outcome::FetchOutcome;
use super::sized_reader::SizedReader;
use super::stop::Stop;
use super::task::Task;

/// How often a dump is tried before it is given up for this run.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Fetches and decodes a dump.
pub(super) fn fetch<F: TypedFeed>(feed: &F, task: &Task, stop: &Stop) -> FetchOutcome<F::Content> {
    try_fetch(feed, task, stop).unwrap_or_else(|error| FetchOutcome::Failed(error.to_string()))
}

/// Fetches and decodes a dump. An error is the last of as many attempts as made sense.
pub(super) fn try_fetch<F: TypedFeed>(
    feed: &F,
    task: &Task,
    stop: &Stop,
) -> Result<FetchOutcome<F::Content>, SourceError> {
    let dump = match &task.dump {
        Ok(dump) => dump,
        Err(reason) => {
            let rejection = RecordError::of_dump(reason).into();
            return Ok(FetchOutcome::Rejected { object: task.object.clone(), sha256: None, rejection });
        }
    };
    let mut object = task.object.clone();
    let mut attempt = 1;
    loop {
        let error = match fetch_once(feed, task, dump, &object, stop) {
            Ok(fetched) => return Ok(fetched),
            Err(_) if stop.is_set() => return Ok(FetchOutcome::Stopped),
            Err(SourceError::Deleted(_)) => return Ok(FetchOutcome::Deleted),
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
                Err(SourceError::Deleted(_)) => return Ok(FetchOutcome::Deleted),
                // The next attempt meets the same trouble and classifies it.
                Err(_) => {}
            }
        }
    }
}

/// Reads an object to its end, once, and keeps nothing of it. An error is the source's own, not the object's.
pub(super) fn test(task: &Task, stop: &Stop) -> Result<(), SourceError> {
    let read = open(task, &task.object, stop).and_then(|(mut input, _)| {
        io::copy(&mut input, &mut io::sink()).map_err(|error| SourceError::from_read(&task.location(), error))
    });
    match read {
        Err(error @ (SourceError::Transient(_) | SourceError::Fatal(_))) => Err(error),
        Ok(_) | Err(SourceError::Deleted(_) | SourceError::Changed(_) | SourceError::Unreadable(_)) => Ok(()),
    }
}

fn fetch_once<F: TypedFeed>(
    feed: &F,
    task: &Task,
    dump: &DumpName,
    object: &Object,
    stop: &Stop,
) -> Result<FetchOutcome<F::Content>, SourceError> {
    let (mut input, content_encoding) = open(task, object, stop)?;
    let layers = Layers::of(&object.key, content_encoding.as_deref());
    let object = object.clone();
    match body::read(feed, dump, layers, &mut input) {
        Ok(DecodedBody { content: Ok(content), sha256, .. }) => {
            Ok(FetchOutcome::Decoded { object, sha256, content })
        }
        Ok(DecodedBody { content: Err(rejection), sha256, .. }) => {
            Ok(FetchOutcome::Rejected { object, sha256: Some(sha256), rejection })
        }
        Err(BodyError::Read(error)) => Err(SourceError::from_read(&task.location(), error)),
        // This machine's fault, but only dumps as large as this one meet it.
        Err(BodyError::Scratch(error)) => {
            Err(SourceError::Unreadable(DecodeError::Scratch(error).to_string()))
        }
    }
}

/// Opens an object, unless it is known that it cannot be read; returns its stored bytes and its `Content-Encoding`.
fn open<'s>(
    task: &Task,
    object: &Object,
    stop: &'s Stop,
) -> Result<(SizedReader<InterruptibleReader<'s>>, Option<String>), SourceError> {
    let location = task.location();
    if object.archived {
        return Err(SourceError::archived(&location));
    }
    let StoredBody { bytes, content_encoding } = task.source.open(object)?;
    let input = SizedReader::new(InterruptibleReader { input: bytes, stop }, location, object.size);
    Ok((input, content_encoding))
}

/// Ends early when the run is to stop.
struct InterruptibleReader<'s> {
    input: Box<dyn Read + Send>,
    stop: &'s Stop,
}

impl Read for InterruptibleReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_set() {
            return Err(io::Error::other("stopped"));
        }
        self.input.read(buffer)
    }
}
