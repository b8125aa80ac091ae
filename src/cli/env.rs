//! Settings that come from environment variables.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, CommandFactory, FromArgMatches};

use super::Cli;

/// An empty one is an error: a lost secret must not silently import into a private Postgres.
const NEVER_EMPTY: &str = "DATABASE_URL";

impl Cli {
    /// Reads the command line, and variables for missing options. Empty variables count as unset.
    ///
    /// # Errors
    ///
    /// The usage is wrong, or help or the version is requested. The error for a wrong value names the variable it came from.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let command = without_variables(Cli::command(), &is_empty);
        let matches = command.clone().try_get_matches_from(&arguments);
        let read = matches.and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
        read.map_err(|error| with_variable(error, &command, &arguments))
    }
}

fn is_empty(argument: &Arg) -> bool {
    let variable = argument.get_env().filter(|variable| *variable != NEVER_EMPTY);
    variable.is_some_and(|variable| std::env::var_os(variable).is_some_and(|value| value.is_empty()))
}

/// The command without the variables of some settings.
fn without_variables(command: Command, which: &dyn Fn(&Arg) -> bool) -> Command {
    let without = |argument: Arg| match which(&argument) {
        true => argument.env(None::<&'static str>),
        false => argument,
    };
    command.mut_args(without).mut_subcommands(|subcommand| without_variables(subcommand, which))
}

/// All settings of all commands.
fn settings(command: &Command) -> Vec<&Arg> {
    command.get_arguments().chain(command.get_subcommands().flat_map(settings)).collect()
}

/// Names the variable that a wrong value came from: clap names the option.
fn with_variable(mut error: clap::Error, command: &Command, arguments: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(named)) = error.get(ContextKind::InvalidArg).cloned() else {
        return error;
    };
    let mut built = command.clone();
    // Only this gives arguments the names that clap prints.
    built.build();
    let setting = settings(&built).into_iter().find(|setting| setting.to_string() == named);
    let Some(setting) = setting else { return error };
    let Some(variable) = setting.get_env() else { return error };
    // The variable is the cause if there is no such error without it.
    let without = without_variables(command.clone(), &|argument| argument.get_id() == setting.get_id());
    let other = without.try_get_matches_from(arguments).err();
    if other.is_none_or(|other| other.to_string() != error.to_string()) {
        let named = format!("{} ({named})", variable.display());
        error.insert(ContextKind::InvalidArg, ContextValue::String(named));
    }
    error
}
