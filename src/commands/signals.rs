//! Signals: the first asks for an orderly end, the second ends at once.

use std::future::Future;
use std::io;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::landing::Stop;

/// Sets `stop` on SIGTERM or SIGINT. A second signal ends the process: the database rolls back
/// what was not committed.
pub(super) fn watch(runtime: &Runtime, stop: &Stop) -> anyhow::Result<()> {
    let _inside = runtime.enter();
    let first = first()?;
    let stop = stop.clone();
    runtime.spawn(async move {
        first.await;
        tracing::warn!("stopping: the batch in hand still lands, the rest is left for the next run");
        stop.set();
    });
    Ok(())
}

/// Waits for the first SIGTERM or SIGINT, and from then on lets the second end the process.
///
/// Both are caught from this call on, not only once somebody waits.
pub(super) fn first() -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut next = async move || {
        tokio::select! {
            _ = terminate.recv() => 143,
            _ = interrupt.recv() => 130,
        }
    };
    Ok(async move {
        next().await;
        tokio::spawn(async move { std::process::exit(next().await) });
    })
}
