//! A pool of read-only connections for many short queries at once.

mod error;
mod parts;
mod pool;
mod reader;

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::{PgConnection, QueryResult};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout_at};

pub use error::ReadError;
pub use parts::Parts;
use parts::read_parts;
use pool::{ConnectionPool, Lease, NoReader};

use super::{Connector, snapshot};

/// A bounded number of connections that can only read, opened as they are needed.
///
/// A query whose connection was closed by the server, as a restart closes all of them, is repeated on another. If
/// the server accepts fewer connections, queries share those that it accepts.
pub struct Readers {
    pool: Arc<ConnectionPool>,
    size: usize,
    permits: Arc<Semaphore>,
    /// Permits withheld because the server accepts no more connections.
    withheld: Arc<AtomicUsize>,
    acquire_timeout: Duration,
}

impl Readers {
    /// At most `size` connections; none is opened yet. A query that waits longer for one gets [`ReadError::Busy`].
    ///
    /// Except the first, none is opened that would leave fewer than `reserved` connections of the server for others.
    pub fn new(connector: Arc<Connector>, size: usize, acquire_timeout: Duration, reserved: i64) -> Self {
        Self {
            pool: Arc::new(ConnectionPool::new(connector, reserved)),
            size,
            permits: Arc::new(Semaphore::new(size)),
            withheld: Arc::default(),
            acquire_timeout,
        }
    }

    /// How many connections there may be, and how many are in use.
    pub fn usage(&self) -> (usize, usize) {
        let unused = self.permits.available_permits() + self.withheld.load(Ordering::Relaxed);
        (self.size, self.size.saturating_sub(unused))
    }

    /// Closes connections that were unused for so long.
    pub fn close_idle(&self, max_idle: Duration) {
        self.pool.close_idle(max_idle);
    }

    /// Runs a query on one snapshot, outside the threads of the async runtime.
    pub async fn read<T: Send + 'static>(
        &self,
        mut query: impl FnMut(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.run(move |connection| snapshot(connection, &mut query)).await
    }

    /// The same for a query of one statement, which is a snapshot by itself.
    pub async fn read_at_once<T: Send + 'static>(
        &self,
        query: impl FnMut(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.run(query).await
    }

    /// Runs a query whose result is read part by part, on one snapshot: `next` returns one part after another, and
    /// nothing after the last. If it fails, it must not have changed its state.
    pub async fn read_parts<T: Send + 'static>(
        &self,
        next: impl FnMut(&mut PgConnection) -> QueryResult<Option<T>> + Send + 'static,
    ) -> Result<Parts<T>, ReadError> {
        let lease = self.lease().await?;
        let (parts, requests) = Parts::new();
        spawn_blocking(move || read_parts(lease, &requests, next));
        Ok(parts)
    }

    async fn run<T: Send + 'static>(
        &self,
        query: impl FnMut(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, ReadError> {
        let mut lease = self.lease().await?;
        let result = spawn_blocking(move || lease.run(|| true, query));
        result.await.unwrap_or_else(|failed| resume_unwind(failed.into_panic()))
    }

    /// Waits for a connection.
    async fn lease(&self) -> Result<Lease, ReadError> {
        let until = Instant::now() + self.acquire_timeout;
        loop {
            let Ok(Ok(permit)) = timeout_at(until, self.permits.clone().acquire_owned()).await else {
                return Err(ReadError::Busy);
            };
            if let Some(reader) = self.pool.idle() {
                return Ok(Lease::new(self.pool.clone(), reader, permit));
            }
            if let Some(pause) = self.pool.pause() {
                self.withhold(permit, pause);
                continue;
            }
            let pool = self.pool.clone();
            // With its permit: if the caller gives up, others get it.
            let opened = spawn_blocking(move || match pool.open() {
                Ok(reader) => Ok(Lease::new(pool, reader, permit)),
                Err(no_reader) => Err((no_reader, permit)),
            });
            match opened.await.unwrap_or_else(|failed| resume_unwind(failed.into_panic())) {
                Ok(lease) => return Ok(lease),
                Err((NoReader::Unreachable(error), _)) => return Err(error.into()),
                Err((NoReader::Crowded, permit)) => {
                    if let Some(pause) = self.pool.pause() {
                        self.withhold(permit, pause);
                    }
                }
            }
        }
    }

    /// Withholds a permit for a while: waiting queries get the next free connection, and open none.
    fn withhold(&self, permit: OwnedSemaphorePermit, pause: Duration) {
        let withheld = self.withheld.clone();
        withheld.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            sleep(pause).await;
            withheld.fetch_sub(1, Ordering::Relaxed);
            drop(permit);
        });
    }
}
