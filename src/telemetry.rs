//! The log on standard error: text for people, JSON lines for machines.

use std::io::{IsTerminal, Write, stderr, stdin, stdout};

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;
use clap::ValueEnum;
use clap::builder::styling::{AnsiColor, Style};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{fmt, registry};

/// The format of messages, as users choose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the option has them")]
pub enum LogFormat {
    Auto,
    Text,
    Json,
}

impl LogFormat {
    /// Replaces `Auto`: whoever has one stream on a terminal reads the messages, wherever these go; services have none.
    pub fn resolve(self) -> Self {
        let someone_is_there = || stderr().is_terminal() || stdout().is_terminal() || stdin().is_terminal();
        match self {
            Self::Auto if someone_is_there() => Self::Text,
            Self::Auto => Self::Json,
            chosen => chosen,
        }
    }
}

/// Starts logging at a level, which `LANDFALL_LOG` may refine: `debug`, `landfall::ingest=trace,warn`.
///
/// # Errors
///
/// `LANDFALL_LOG` is not a valid filter.
pub fn start(level: LevelFilter, format: LogFormat) -> anyhow::Result<()> {
    let ours = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("landfall", level)
        .with_target("private_postgres", level);
    let filter = match std::env::var("LANDFALL_LOG") {
        Ok(filter) if !filter.is_empty() => filter.parse().with_context(|| {
            format!("LANDFALL_LOG is `{filter}`; write a level such as debug, or module=level,…")
        })?,
        // The SDK warns of every provider that has no region, no credentials and no certificates, at length, and
        // also where none is needed; Landfall reports the resulting errors itself.
        _ if level < LevelFilter::DEBUG => ours
            .with_target("aws_config", LevelFilter::ERROR)
            .with_target("aws_smithy_http_client", LevelFilter::ERROR),
        _ => ours,
    };
    // A line that cannot be written is lost, and nothing else: by itself, the layer would report that with
    // `eprintln!`, which panics.
    let lines = fmt::layer().with_writer(stderr).log_internal_errors(false);
    let log = registry().with(filter);
    if format.resolve() == LogFormat::Json {
        log.with(lines.json().flatten_event(true)).init();
    } else {
        let colours = AutoStream::choice(&stderr()) != ColorChoice::Never;
        let text = Text { with_time: !stderr().is_terminal() };
        log.with(lines.with_ansi(colours).event_format(text)).init();
    }
    Ok(())
}

/// Reports why the command could not run, in one line.
pub fn fail(error: &anyhow::Error, format: LogFormat) {
    let line = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
    if format.resolve() == LogFormat::Json && tracing::enabled!(Level::ERROR) {
        tracing::error!("{line}");
    } else {
        let style = style(Level::ERROR);
        let line = format!("{style}error:{style:#} {line}\n");
        // If standard error is closed, there is nowhere to report it.
        let _ = anstream::stderr().write_all(line.as_bytes());
    }
}

/// Lines such as `warning: rejected location=…`.
struct Text {
    /// Whether lines begin with the time: in a file it is wanted, on a terminal it is in the way.
    with_time: bool,
}

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        if self.with_time {
            SystemTime.format_time(&mut writer)?;
            write!(writer, " ")?;
        }
        let level = *event.metadata().level();
        let label = match level {
            Level::ERROR => "error",
            Level::WARN => "warning",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        let style = if writer.has_ansi_escapes() { style(level) } else { Style::new() };
        write!(writer, "{style}{label}:{style:#} ")?;
        // Who searches for a fault needs to know where a line comes from; other messages say what they are about.
        if level > Level::INFO {
            let spans = context.event_scope().into_iter().flat_map(|scope| scope.from_root());
            for span in spans {
                write!(writer, "{}:", span.name())?;
            }
            write!(writer, "{}: ", event.metadata().target())?;
        }
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// The colour of a level: those of clap for errors and warnings.
fn style(level: Level) -> Style {
    match level {
        Level::ERROR => AnsiColor::Red.on_default().bold(),
        Level::WARN => AnsiColor::Yellow.on_default().bold(),
        Level::INFO => AnsiColor::Green.on_default(),
        _ => AnsiColor::Blue.on_default(),
    }
}
