//! Standard output of commands.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write, stdout};
use std::os::fd::AsFd;

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;
use clap::builder::styling::{AnsiColor, Effects, Style};
use clap::error::ErrorKind as UsageError;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{Exit, newcomers};

/// Prints what `write` writes, and returns its value; nothing if the reader has closed its end.
///
/// A reader that has read enough, such as `head`, is not an error: the command ends as it otherwise would.
///
/// # Errors
///
/// Standard output cannot be written, for instance because its disk is full; or `write` fails.
pub(super) fn print<T, E: Into<anyhow::Error>>(
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> anyhow::Result<Option<T>> {
    to_stdout(write).map(Some).or_else(|error| match error.downcast::<io::Error>() {
        Ok(error) if error.kind() == ErrorKind::BrokenPipe => Ok(None),
        Ok(error) => Err(error).context("cannot write to standard output"),
        Err(error) => Err(error),
    })
}

fn to_stdout<T, E: Into<anyhow::Error>>(
    write: impl FnOnce(&mut dyn Write) -> Result<T, E>,
) -> anyhow::Result<T> {
    // A descriptor of our own: `Stdout` treats one that cannot be written to as closed, and drops the data.
    let mut out = BufWriter::new(File::from(stdout().as_fd().try_clone_to_owned()?));
    let value = write(&mut out).map_err(Into::into)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    // Some network file systems report a full disk only here.
    nix::unistd::close(file).map_err(io::Error::from)?;
    Ok(value)
}

/// Styles of standard output, without effect where it has no colours.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Palette {
    pub(super) good: Style,
    pub(super) bad: Style,
    pub(super) soft: Style,
}

impl Palette {
    /// In colour on a terminal, unless it or NO_COLOR disables that; anywhere if CLICOLOR_FORCE demands it.
    pub(super) fn of_stdout() -> Self {
        if AutoStream::choice(&stdout()) == ColorChoice::Never {
            return Self::default();
        }
        Self {
            good: AnsiColor::Green.on_default().bold(),
            bad: AnsiColor::Red.on_default().bold(),
            soft: Style::new().effects(Effects::DIMMED),
        }
    }
}

/// The columns of the terminal on standard output, if it is one.
pub(super) fn width() -> Option<usize> {
    let (terminal_size::Width(width), _) = terminal_size::terminal_size_of(stdout())?;
    // A terminal that does not know its size says 0.
    (width > 0).then_some(width.into())
}

/// Whether standard output is a pipe whose reader has closed its end.
pub(super) fn is_without_reader() -> bool {
    let stdout = stdout();
    let mut polled = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
    poll(&mut polled, PollTimeout::ZERO).is_ok()
        && polled[0]
            .revents()
            .is_some_and(|events| events.intersects(PollFlags::POLLERR | PollFlags::POLLHUP))
}

/// Prints help or the version, or what is wrong with the arguments.
///
/// # Errors
///
/// Standard output cannot be written. Errors of standard error are ignored: the exit code still shows the failure.
pub fn print_usage(message: &clap::Error) -> anyhow::Result<Exit> {
    if message.kind() == UsageError::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = newcomers::greet(&mut anstream::stderr());
        return Ok(Exit::WrongUsage);
    }
    if message.use_stderr() {
        let _ = message.print();
        return Ok(Exit::WrongUsage);
    }
    let text = message.render();
    match AutoStream::choice(&stdout()) {
        ColorChoice::Never => print(|out| write!(out, "{text}"))?,
        _ => print(|out| write!(out, "{}", text.ansi()))?,
    };
    Ok(Exit::Success)
}

/// A number with what it counts, whose plural takes an s: `1 file`, `2 files`.
pub(super) fn counted(number: i64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
