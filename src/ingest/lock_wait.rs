//! The locks of a batch. Others may hold them for long, so a stop ends the wait for them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::Integer;
use diesel::{PgConnection, QueryResult, RunQueryDsl, select};

use super::stop::Stop;
use crate::db::sqlstate::Sqlstate;
use crate::db::{self, DatabaseUrl};

/// How soon a stop is noticed.
const NOTICE_INTERVAL: Duration = Duration::from_millis(50);
/// How often the server is asked to end the wait, should it not have the first time.
const CANCEL_INTERVAL: Duration = Duration::from_secs(1);

/// The number of the server's process for a connection.
pub(super) fn backend_pid(connection: &mut PgConnection) -> QueryResult<i32> {
    select(sql::<Integer>("pg_backend_pid()")).get_result(connection)
}

/// Takes the locks of scopes, as [`db::lock_scopes`] does. Returns whether it has them: not if the run was to stop while it
/// waited, and then the transaction has failed.
pub(super) fn lock_scopes<'s>(
    connection: &mut PgConnection,
    backend_pid: i32,
    feed: &str,
    scopes: impl IntoIterator<Item = &'s str>,
    database: &DatabaseUrl,
    stop: &Stop,
) -> QueryResult<bool> {
    let over = AtomicBool::new(false);
    let locked = thread::scope(|scope| {
        // A blocked connection can be interrupted only from another.
        let watch = scope.spawn(|| cancel_on_stop(backend_pid, database, stop, &over));
        let locked = db::lock_scopes(connection, feed, scopes);
        over.store(true, Ordering::Relaxed);
        watch.thread().unpark();
        locked
    });
    match locked {
        Err(error) if stop.is_set() && Sqlstate::of(&error) == Some(Sqlstate::QUERY_CANCELED) => Ok(false),
        locked => locked.map(|()| true),
    }
}

fn cancel_on_stop(backend_pid: i32, database: &DatabaseUrl, stop: &Stop, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        if !stop.is_set() {
            thread::park_timeout(NOTICE_INTERVAL);
            continue;
        }
        // Not a statement after the locks: the batch that has them still lands.
        let cancelled = db::connect(database).map(|mut connection| {
            connection.batch_execute(&format!(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                 WHERE pid = {backend_pid} AND wait_event_type = 'Lock' AND wait_event = 'advisory'"
            ))
        });
        tracing::debug!(?cancelled, "asked the server to end the wait for locks");
        thread::park_timeout(CANCEL_INTERVAL);
    }
}
