//! The log on standard error: text on a terminal, JSON lines elsewhere.

use std::io::{IsTerminal, Write, stderr};

use anyhow::Context;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

/// Starts logging at a level, which `LANDFALL_LOG` may refine: `debug`, `landfall::ingest=trace,warn`.
///
/// # Errors
///
/// `LANDFALL_LOG` is not a valid filter.
pub fn start(level: LevelFilter) -> anyhow::Result<()> {
    let ours = format!("warn,landfall={level},private_postgres={level}");
    let filter = match std::env::var("LANDFALL_LOG") {
        Ok(filter) if !filter.is_empty() => EnvFilter::try_new(&filter).with_context(|| {
            format!("LANDFALL_LOG is `{filter}`; write a level such as debug, or module=level,…")
        })?,
        // The SDK warns of every provider that has no region, no credentials and no certificates, at length, and
        // also where none is needed; Landfall reports the resulting errors itself.
        _ if level < LevelFilter::DEBUG => {
            EnvFilter::new(format!("{ours},aws_config=error,aws_smithy_http_client=error"))
        }
        _ => EnvFilter::new(ours),
    };
    // A line that cannot be written is lost, and nothing else: by itself, the subscriber would report that with
    // `eprintln!`, which panics.
    let builder =
        tracing_subscriber::fmt().with_writer(stderr).with_env_filter(filter).log_internal_errors(false);
    if stderr().is_terminal() {
        builder.without_time().with_target(false).init();
    } else {
        builder.json().flatten_event(true).init();
    }
    Ok(())
}

/// Reports why the command could not run, in one line.
pub fn fail(error: &anyhow::Error) {
    let line = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
    if stderr().is_terminal() || !tracing::enabled!(tracing::Level::ERROR) {
        // If standard error is closed, there is nowhere to report it.
        let _ = writeln!(stderr(), "error: {line}");
    } else {
        tracing::error!("{line}");
    }
}
