//! Connections for many short questions at once.

mod parts;
mod pool;
mod reader;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::result::Error;
use diesel::{PgConnection, QueryResult};
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout_at};

pub use parts::Parts;
use parts::read_parts;
use pool::{Lease, NoReader, Pool};

use super::sqlstate::{Cause, Sqlstate};
use super::{DatabaseUrl, snapshot};

/// Why a question has no answer.
#[derive(Debug, Error)]
pub enum ReadError {
    /// All connections were busy for too long.
    #[error("all connections to the database are busy")]
    Busy,
    /// The database cannot be reached.
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[from] diesel::ConnectionError),
    /// The database gave it up for a reason that will pass, such as a shutdown or the replay of changes on a replica.
    #[error("the database gave up: {0}")]
    Passing(#[source] Error),
    /// It took longer than ten seconds, and was given up.
    #[error("the question took too long")]
    TooLong,
    /// The answer was not taken as fast as it has to be.
    #[error("the client took too long to read the answer")]
    TooSlow,
    /// The database did not answer.
    #[error("the database did not answer: {0}")]
    Failed(#[source] Error),
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        match Cause::of(&error) {
            _ if Sqlstate::of(&error) == Some(Sqlstate::QUERY_CANCELED) => Self::TooLong,
            Cause::Passing => Self::Passing(error),
            Cause::Data | Cause::Server => Self::Failed(error),
        }
    }
}

/// A bounded number of connections that can only read, opened as they are needed.
///
/// A question that finds its connection closed by the server, as a restart closes all of them,
/// is asked again on another. Where the server has no room for as many, questions share those that it has room for.
pub struct Readers {
    pool: Arc<Pool>,
    size: usize,
    places: Arc<Semaphore>,
    /// Places that nobody has because the server has no room.
    set_aside: Arc<AtomicUsize>,
    patience: Duration,
}

impl Readers {
    /// At most so many connections; none is opened yet. A question waits so long for one before it is turned away.
    ///
    /// But for the first, none is opened that would leave the server fewer than `room` connections for others.
    pub fn new(url: DatabaseUrl, size: usize, patience: Duration, room: i64) -> Self {
        Self {
            pool: Arc::new(Pool::new(url, room)),
            size,
            places: Arc::new(Semaphore::new(size)),
            set_aside: Arc::default(),
            patience,
        }
    }

    /// How many connections there may be, and how many are in use.
    pub fn usage(&self) -> (usize, usize) {
        let unused = self.places.available_permits() + self.set_aside.load(Ordering::Relaxed);
        (self.size, self.size.saturating_sub(unused))
    }

    /// Closes connections that nobody has used for so long.
    pub fn close_idle(&self, longest: Duration) {
        self.pool.close_idle(longest);
    }

    /// Asks a question on one snapshot, outside the threads of the async runtime.
    pub async fn read<T: Send + 'static>(
        &self,
        mut question: impl FnMut(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.ask(move |connection| snapshot(connection, &mut question)).await
    }

    /// The same for a question of one statement, which is a snapshot by itself.
    pub async fn read_at_once<T: Send + 'static>(
        &self,
        question: impl FnMut(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.ask(question).await
    }

    /// Asks a question whose answer is read part by part, on one snapshot: `next` reads one part after another, and
    /// nothing after the last. It changes nothing where it fails.
    pub async fn read_parts<T: Send + 'static>(
        &self,
        next: impl FnMut(&mut PgConnection) -> QueryResult<Option<T>> + Send + 'static,
    ) -> Result<Parts<T>, ReadError> {
        let lease = self.lease().await?;
        let (parts, demands) = Parts::new();
        spawn_blocking(move || read_parts(lease, &demands, next));
        Ok(parts)
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnMut(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        let mut lease = self.lease().await?;
        let asked = spawn_blocking(move || lease.ask(|| true, question));
        asked.await.unwrap_or_else(|failed| resume_unwind(failed.into_panic()))
    }

    /// Waits for a connection.
    async fn lease(&self) -> Result<Lease, ReadError> {
        let until = Instant::now() + self.patience;
        loop {
            let Ok(Ok(place)) = timeout_at(until, self.places.clone().acquire_owned()).await else {
                return Err(ReadError::Busy);
            };
            if let Some(reader) = self.pool.idle() {
                return Ok(Lease::new(self.pool.clone(), reader, place));
            }
            if let Some(pause) = self.pool.pause() {
                self.set_aside(place, pause);
                continue;
            }
            let pool = self.pool.clone();
            // With its place: should nobody wait any more, others get it.
            let opened = spawn_blocking(move || match pool.open() {
                Ok(reader) => Ok(Lease::new(pool, reader, place)),
                Err(no_reader) => Err((no_reader, place)),
            });
            match opened.await.unwrap_or_else(|failed| resume_unwind(failed.into_panic())) {
                Ok(lease) => return Ok(lease),
                Err((NoReader::Unreachable(error), _)) => return Err(error.into()),
                Err((NoReader::Crowded, place)) => {
                    if let Some(pause) = self.pool.pause() {
                        self.set_aside(place, pause);
                    }
                }
            }
        }
    }

    /// Gives a place to nobody for a while: whoever waits gets the next connection that is free, and opens none.
    fn set_aside(&self, place: OwnedSemaphorePermit, pause: Duration) {
        let set_aside = self.set_aside.clone();
        set_aside.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            sleep(pause).await;
            set_aside.fetch_sub(1, Ordering::Relaxed);
            drop(place);
        });
    }
}
