//! Results that are read part by part, all of one snapshot.

use std::cell::Cell;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use diesel::{PgConnection, QueryResult};
use tokio::sync::oneshot;

use super::ReadError;
use super::pool::Lease;
use crate::db::snapshot;

/// How long the next part may not be requested: until then a slow client keeps a connection and a snapshot.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// How long a result may take in all: the server cannot vacuum what a snapshot may still read.
const MAX_DURATION: Duration = Duration::from_secs(600);

/// Where a part is sent.
type Reply<T> = oneshot::Sender<Result<Option<T>, ReadError>>;

/// The parts of a result, each read on request.
///
/// The snapshot ends with the last part, with this, or once no part was requested for 30 seconds.
pub struct Parts<T> {
    requests: Sender<Reply<T>>,
}

impl<T> Parts<T> {
    pub(super) fn new() -> (Self, Receiver<Reply<T>>) {
        let (requests, receiver) = mpsc::channel();
        (Self { requests }, receiver)
    }

    /// Returns the next part; nothing after the last one.
    pub async fn next(&self) -> Result<Option<T>, ReadError> {
        let (reply, part) = oneshot::channel();
        self.requests.send(reply).map_err(|_| ReadError::TooSlow)?;
        part.await.map_err(|_| ReadError::TooSlow)?
    }
}

/// Reads parts on request. Blocks until the last was sent, or the receiver is dropped.
pub(super) fn read_parts<T>(
    mut lease: Lease,
    requests: &Receiver<Reply<T>>,
    mut next: impl FnMut(&mut PgConnection) -> QueryResult<Option<T>>,
) {
    let end = Instant::now() + MAX_DURATION;
    let has_begun = Cell::new(false);
    let mut waiting = None;
    let read = lease.run(
        || !has_begun.get(),
        |connection| {
            snapshot(connection, |connection| {
                loop {
                    let timeout = MAX_PAUSE.min(end.saturating_duration_since(Instant::now()));
                    let reply = match waiting.take() {
                        Some(reply) => reply,
                        None => match requests.recv_timeout(timeout) {
                            Ok(reply) => reply,
                            Err(_) => return Ok(()),
                        },
                    };
                    match next(connection) {
                        Ok(part) => {
                            let is_last = part.is_none();
                            has_begun.set(true);
                            // The receiver may have been dropped.
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
