//! The connections of readers: opened as they are needed, as long as the server has room for them.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::{ConnectionError, PgConnection, QueryResult};
use tokio::sync::OwnedSemaphorePermit;

use super::ReadError;
use super::reader::{Reader, is_closed};
use crate::db::{DatabaseUrl, free_connections};

/// How long no other connection is tried once the server had no room for one.
const PAUSE: Duration = Duration::from_secs(2);

pub(super) struct Pool {
    url: DatabaseUrl,
    /// How many connections of the server are left to others.
    room: i64,
    idle: Mutex<Vec<Reader>>,
    /// Those that are open, idle or not.
    open: Arc<AtomicUsize>,
    /// Held while one is opened, so that each sees those before it; with the last failure.
    opening: Mutex<Option<(Instant, String)>>,
    /// Until when no other one is tried.
    crowded_until: Mutex<Option<Instant>>,
}

/// Why there is no other connection.
pub(super) enum NoReader {
    /// The server has no room for it. Others are open: one of them will be free.
    Crowded,
    /// It cannot be opened, and there is no other.
    Unreachable(ConnectionError),
}

impl Pool {
    pub(super) fn new(url: DatabaseUrl, room: i64) -> Self {
        Self {
            url,
            room,
            idle: Mutex::default(),
            open: Arc::default(),
            opening: Mutex::default(),
            crowded_until: Mutex::default(),
        }
    }

    /// The connection that was used last, of those that nobody uses.
    pub(super) fn idle(&self) -> Option<Reader> {
        lock(&self.idle).pop()
    }

    /// How long to wait before another connection is tried, if at all.
    pub(super) fn pause(&self) -> Option<Duration> {
        let until = *lock(&self.crowded_until);
        // Without any, nobody could ever give one back.
        until?.checked_duration_since(Instant::now()).filter(|_| self.open.load(Ordering::Relaxed) > 0)
    }

    /// Opens another connection. Blocks.
    ///
    /// One is always opened if the server takes it, others only while there is room beside them.
    pub(super) fn open(&self) -> Result<Reader, NoReader> {
        let asked = Instant::now();
        let mut failed = lock(&self.opening);
        // Much may have happened since it was decided to open one.
        if let Some(reader) = self.idle() {
            return Ok(reader);
        }
        if self.pause().is_some() {
            return Err(NoReader::Crowded);
        }
        if let Some((at, reason)) = &*failed
            && *at >= asked
        {
            return Err(NoReader::Unreachable(ConnectionError::BadConnection(reason.clone())));
        }
        let others = self.open.load(Ordering::Relaxed);
        let reason = match Reader::open(&self.url, self.open.clone()) {
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
            // Whatever it says, in whatever language: those that are open go on.
            Err(error) => error.to_string(),
        };
        let was_crowded = lock(&self.crowded_until).replace(Instant::now() + PAUSE).is_some();
        if !was_crowded {
            tracing::warn!(
                reason,
                connections = others,
                "the database has no room for another connection: questions share those that are open; lower --readers or raise max_connections"
            );
        }
        Err(NoReader::Crowded)
    }

    /// Why a connection beside others should be given up, if so.
    fn shortage(&self, reader: &mut Reader, others: usize) -> Option<String> {
        if others == 0 {
            return None;
        }
        match reader.ask(free_connections) {
            Ok(free) => {
                (free < self.room).then(|| format!("{} are free, {} are kept free", free + 1, self.room))
            }
            Err(error) => {
                tracing::debug!(%error, "cannot tell how many connections the database has left");
                None
            }
        }
    }

    /// Closes connections that nobody has used for so long, so that others may have them.
    pub(super) fn close_idle(&self, longest: Duration) {
        // Those in front have waited longest. They are closed when nobody waits for the others.
        let closed: Vec<Reader> = {
            let mut idle = lock(&self.idle);
            let count = idle.partition_point(|reader| reader.idle_since.elapsed() >= longest);
            idle.drain(..count).collect()
        };
        drop(closed);
    }
}

/// A connection in use, with its place. Dropped, both are free again.
pub(super) struct Lease {
    pool: Arc<Pool>,
    reader: Option<Reader>,
    /// Kept until the database has answered, also if nobody waits for that any more.
    _place: OwnedSemaphorePermit,
}

impl Lease {
    pub(super) fn new(pool: Arc<Pool>, reader: Reader, place: OwnedSemaphorePermit) -> Self {
        Self { pool, reader: Some(reader), _place: place }
    }

    /// Asks a question; again on another connection if this one turns out to be closed, as long as that is possible.
    pub(super) fn ask<T>(
        &mut self,
        may_repeat: impl Fn() -> bool,
        mut question: impl FnMut(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, ReadError> {
        loop {
            let mut reader = match self.reader.take().or_else(|| self.pool.idle()) {
                Some(reader) => reader,
                // In the place of one that was closed.
                None => Reader::open(&self.pool.url, self.pool.open.clone())?,
            };
            let was_fresh = mem::replace(&mut reader.is_fresh, false);
            let answer = reader.ask(&mut question);
            if is_closed(&answer) && !was_fresh && may_repeat() {
                continue;
            }
            if reader.is_sound() && !is_closed(&answer) {
                self.reader = Some(reader);
            }
            return Ok(answer?);
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
