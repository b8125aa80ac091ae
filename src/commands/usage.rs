//! Errors in arguments that only show once they are taken together.

use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::cli::Cli;

/// Ends a command with a usage error, like those of clap. One of a command has both names, such as `chart events`.
pub(super) fn wrong_usage(command: &str, message: impl std::fmt::Display) -> ! {
    let mut root = Cli::command();
    // Only this gives the command its full name.
    root.build();
    let mut found = &mut root;
    for name in command.split(' ') {
        found = found.find_subcommand_mut(name).unwrap_or_else(|| panic!("there is no command {command}"));
    }
    found.error(ErrorKind::ValueValidation, message).exit()
}
