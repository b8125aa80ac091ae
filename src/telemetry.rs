//! What is told on standard error: text on a terminal, JSON lines elsewhere.

use std::io::{IsTerminal, Write, stderr};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

/// Starts logging. `LANDFALL_LOG` refines the level: `debug`, `landfall::landing=trace,warn`.
pub fn start(level: LevelFilter) {
    let filter = EnvFilter::builder()
        .with_env_var("LANDFALL_LOG")
        .with_default_directive(LevelFilter::WARN.into())
        .from_env_lossy();
    let filter = match std::env::var_os("LANDFALL_LOG") {
        Some(_) => filter,
        // The SDK warns of every place where it found no region and no credentials, at length; what
        // comes of it, Landfall says itself.
        None if level < LevelFilter::DEBUG => {
            EnvFilter::new(format!("warn,aws_config=error,landfall={level}"))
        }
        None => EnvFilter::new(format!("warn,landfall={level}")),
    };
    let builder = tracing_subscriber::fmt().with_writer(stderr).with_env_filter(filter);
    if stderr().is_terminal() {
        builder.without_time().with_target(false).init();
    } else {
        builder.json().flatten_event(true).init();
    }
}

/// Tells why the command could not run: one line.
pub fn fail(error: &anyhow::Error) {
    if stderr().is_terminal() {
        // Nobody is left to be told if standard error is closed.
        let _ = writeln!(stderr(), "error: {error:#}");
    } else {
        tracing::error!("{error:#}");
    }
}
