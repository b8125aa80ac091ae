//! Signals: the first asks for an orderly end, the second ends at once.

use tokio::signal::unix::{SignalKind, signal};

use crate::landing::Stop;

/// Sets `stop` on SIGTERM or SIGINT. A second signal ends the process: the database rolls back
/// what was not committed.
pub(super) fn watch(runtime: &tokio::runtime::Runtime, stop: &Stop) -> anyhow::Result<()> {
    let _inside = runtime.enter();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = stop.clone();
    runtime.spawn(async move {
        loop {
            let code = tokio::select! {
                _ = terminate.recv() => 143,
                _ = interrupt.recv() => 130,
            };
            if stop.is_set() {
                std::process::exit(code);
            }
            tracing::warn!("stopping: the batch in hand still lands, the rest is left for the next run");
            stop.set();
        }
    });
    Ok(())
}
