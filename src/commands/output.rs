//! Standard output of commands.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write, stdout};
use std::os::fd::AsFd;

use anyhow::Context;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::Exit;

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
    if message.use_stderr() {
        let _ = message.print();
        return Ok(Exit::WrongUsage);
    }
    if stdout().is_terminal() {
        // In colour, unless the terminal or NO_COLOR disables it.
        let _ = message.print();
    } else {
        print(|out| write!(out, "{}", message.render()))?;
    }
    Ok(Exit::Success)
}
