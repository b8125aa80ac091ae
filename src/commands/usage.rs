//! Errors in arguments that only show once they are taken together.

use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::cli::Cli;

/// Ends a command with a usage error, like those of clap.
pub(super) fn wrong_usage(command: &str, message: impl std::fmt::Display) -> ! {
    let mut root = Cli::command();
    // Only this gives the command its full name.
    root.build();
    let command =
        root.find_subcommand_mut(command).unwrap_or_else(|| panic!("there is no command {command}"));
    command.error(ErrorKind::ValueValidation, message).exit()
}
