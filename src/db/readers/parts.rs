//! Answers that are sent part by part, and all of one snapshot.

use std::cell::Cell;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use diesel::{PgConnection, QueryResult};
use tokio::sync::oneshot;

use super::ReadError;
use super::pool::Lease;
use crate::db::snapshot;

/// How long nobody may ask for the next part: until then a slow client keeps a connection and a snapshot.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// How long an answer may take in all: the server cannot clean up behind a snapshot.
const MAX_DURATION: Duration = Duration::from_secs(600);

/// Who waits for a part.
type Reply<T> = oneshot::Sender<Result<Option<T>, ReadError>>;

/// The parts of an answer, each read when it is asked for.
///
/// The snapshot ends with the last part, with this, or once nobody has asked for a part for 30 seconds.
pub struct Parts<T> {
    demands: Sender<Reply<T>>,
}

impl<T> Parts<T> {
    pub(super) fn new() -> (Self, Receiver<Reply<T>>) {
        let (demands, receiver) = mpsc::channel();
        (Self { demands }, receiver)
    }

    /// Returns the next part; nothing after the last one.
    pub async fn next(&self) -> Result<Option<T>, ReadError> {
        let (reply, part) = oneshot::channel();
        self.demands.send(reply).map_err(|_| ReadError::TooSlow)?;
        part.await.map_err(|_| ReadError::TooSlow)?
    }
}

/// Reads parts as they are asked for. Blocks until the last has gone, or nobody wants more.
pub(super) fn read_parts<T>(
    mut lease: Lease,
    demands: &Receiver<Reply<T>>,
    mut next: impl FnMut(&mut PgConnection) -> QueryResult<Option<T>>,
) {
    let end = Instant::now() + MAX_DURATION;
    let has_begun = Cell::new(false);
    let mut waiting = None;
    let read = lease.ask(
        || !has_begun.get(),
        |connection| {
            snapshot(connection, |connection| {
                loop {
                    let patience = MAX_PAUSE.min(end.saturating_duration_since(Instant::now()));
                    let reply = match waiting.take() {
                        Some(reply) => reply,
                        None => match demands.recv_timeout(patience) {
                            Ok(reply) => reply,
                            Err(_) => return Ok(()),
                        },
                    };
                    match next(connection) {
                        Ok(part) => {
                            let is_last = part.is_none();
                            has_begun.set(true);
                            // Whoever asked may have left.
                            if reply.send(Ok(part)).is_err() || is_last {
                                return Ok(());
                            }
                        }
                        Err(error) => {
                            waiting = Some(reply);
                            return Err(error);
                        }
                    }
                }
            })
        },
    );
    drop(lease);
    if let (Err(error), Some(reply)) = (read, waiting) {
        // As above.
        let _ = reply.send(Err(error));
    }
}
