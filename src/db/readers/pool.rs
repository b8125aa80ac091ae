//! The connections of readers: opened on demand, as long as the server accepts them.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::{ConnectionError, PgConnection, QueryResult};
use tokio::sync::OwnedSemaphorePermit;

use super::ReadError;
use super::reader::{Reader, is_closed};
use crate::db::{Connector, free_connections};

/// How long no other connection is tried once the server accepted no more.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

pub(super) struct ConnectionPool {
    connector: Arc<Connector>,
    /// Connections of the server that are reserved for others.
    reserved: i64,
    idle: Mutex<Vec<Reader>>,
    /// Number of open connections, idle or not.
    open: Arc<AtomicUsize>,
    /// Locked while one is opened, so that each counts those before it; with the last failure.
    opening: Mutex<Option<(Instant, String)>>,
    /// Until when no other connection is tried.
    crowded_until: Mutex<Option<Instant>>,
}

/// Why there is no other connection.
pub(super) enum NoReader {
    /// The server accepts no more. Others are open: one of them will be free.
    Crowded,
    /// It cannot be opened, and there is no other.
    Unreachable(ConnectionError),
}

impl ConnectionPool {
    pub(super) fn new(connector: Arc<Connector>, reserved: i64) -> Self {
        Self {
            connector,
            reserved,
            idle: Mutex::default(),
            open: Arc::default(),
            opening: Mutex::default(),
            crowded_until: Mutex::default(),
        }
    }

    /// The idle connection that was used last.
    pub(super) fn idle(&self) -> Option<Reader> {
        lock(&self.idle).pop()
    }

    /// How long to wait before another connection is tried, if at all.
    pub(super) fn pause(&self) -> Option<Duration> {
        let until = *lock(&self.crowded_until);
        // Without any open connection, none could ever be returned.
        until?.checked_duration_since(Instant::now()).filter(|_| self.open.load(Ordering::Relaxed) > 0)
    }

    /// Opens another connection. Blocks.
    ///
    /// The first is always opened if the server accepts it, others only while enough remain for other clients.
    pub(super) fn open(&self) -> Result<Reader, NoReader> {
        let requested = Instant::now();
        let mut failed = lock(&self.opening);
        // The state may have changed since it was decided to open one.
        if let Some(reader) = self.idle() {
            return Ok(reader);
        }
        if self.pause().is_some() {
            return Err(NoReader::Crowded);
        }
        if let Some((at, reason)) = &*failed
            && *at >= requested
        {
            return Err(NoReader::Unreachable(ConnectionError::BadConnection(reason.clone())));
        }
        let others = self.open.load(Ordering::Relaxed);
        let reason = match Reader::open(&self.connector, self.open.clone()) {
            Ok(mut reader) => match self.shortage(&mut reader, others) {
                Some(reason) => reason,
                None => {
                    *lock(&self.crowded_until) = None;
                    return Ok(reader);
                }
            },
            Err(error) if others == 0 => {
                *failed = Some((Instant::now(), error.to_string()));
                return Err(NoReader::Unreachable(error));
            }
            // Whatever the error, in whatever language: the open ones still work.
            Err(error) => error.to_string(),
        };
        let was_crowded = lock(&self.crowded_until).replace(Instant::now() + RETRY_PAUSE).is_some();
        if !was_crowded {
            tracing::warn!(
                reason,
                connections = others,
                "the database accepts no more connections: queries share those that are open; lower --readers or raise max_connections"
            );
        }
        Err(NoReader::Crowded)
    }

    /// Why a connection beside others should be given up, if so.
    fn shortage(&self, reader: &mut Reader, others: usize) -> Option<String> {
        if others == 0 {
            return None;
        }
        match reader.run(free_connections) {
            Ok(free) => (free < self.reserved)
                .then(|| format!("{} are free, {} are kept free", free + 1, self.reserved)),
            Err(error) => {
                tracing::debug!(%error, "cannot count the free connections of the database");
                None
            }
        }
    }

    /// Closes connections that were unused for so long, so that other clients may use them.
    pub(super) fn close_idle(&self, max_idle: Duration) {
        // The first ones are idle longest. They are closed after the lock is released.
        let closed: Vec<Reader> = {
            let mut idle = lock(&self.idle);
            let count = idle.partition_point(|reader| reader.idle_since.elapsed() >= max_idle);
            idle.drain(..count).collect()
        };
        drop(closed);
    }
}

/// A connection in use, with its permit. Dropped, both are free again.
pub(super) struct Lease {
    pool: Arc<ConnectionPool>,
    reader: Option<Reader>,
    /// Held until the query ends, even if the caller gives up.
    _permit: OwnedSemaphorePermit,
}

impl Lease {
    pub(super) fn new(pool: Arc<ConnectionPool>, reader: Reader, permit: OwnedSemaphorePermit) -> Self {
        Self { pool, reader: Some(reader), _permit: permit }
    }

    /// Runs a query; again on another connection if this one turns out to be closed, as long as that is possible.
    pub(super) fn run<T>(
        &mut self,
        may_repeat: impl Fn() -> bool,
        mut query: impl FnMut(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, ReadError> {
        loop {
            let mut reader = match self.reader.take().or_else(|| self.pool.idle()) {
                Some(reader) => reader,
                // Replaces one that was closed.
                None => Reader::open(&self.pool.connector, self.pool.open.clone())?,
            };
            let was_fresh = mem::replace(&mut reader.is_fresh, false);
            let result = reader.run(&mut query);
            if is_closed(&result) && !was_fresh && may_repeat() {
                continue;
            }
            if reader.is_usable() && !is_closed(&result) {
                self.reader = Some(reader);
            }
            return Ok(result?);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(mut reader) = self.reader.take() {
            reader.idle_since = Instant::now();
            lock(&self.pool.idle).push(reader);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
