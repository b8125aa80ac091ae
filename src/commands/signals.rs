//! Signals: the first stops a command in an orderly way, the second ends it at once.

use std::future::Future;
use std::io;

use nix::sys::signal::Signal;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::ingest::Stop;

/// What an import does when it is stopped.
pub(super) const STOPPING_IMPORT: &str =
    "stopping: what is being written still lands, the rest remains for the next run";

/// Sets `stop` on SIGTERM or SIGINT, and logs what happens then. A second signal ends the process: the database rolls back
/// what was not committed.
pub(super) fn watch(runtime: &Runtime, stop: &Stop, message: &'static str) -> anyhow::Result<()> {
    let _inside = runtime.enter();
    let first = first()?;
    let stop = stop.clone();
    runtime.spawn(async move {
        first.await;
        // Before logging: the reader of the log may have been stopped as well, as with Ctrl-C on `import 2>&1 | tee log`.
        stop.set();
        tracing::warn!("{message}");
    });
    Ok(())
}

/// Lets a write beyond the limit of a file's size (`ulimit -f`) fail as on a full disk; by itself, SIGXFSZ would end
/// the process, also for a line of the log.
pub fn survive_file_size_limit() {
    // The handler outlives the runtime. Failure to install it is harmless in most cases.
    if let Ok(runtime) = Builder::new_current_thread().enable_io().build() {
        let _inside = runtime.enter();
        let _ = signal(SignalKind::from_raw(Signal::SIGXFSZ as i32));
    }
}

/// Waits for the first SIGTERM or SIGINT, and from then on lets the second end the process.
///
/// Both are caught from this call on, not only once the future is awaited.
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
