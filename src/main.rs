//! The `landfall` command.

use std::process::ExitCode;

use landfall::cli::Cli;
use landfall::commands::{self, Exit};
use landfall::telemetry::{self, LogFormat};

fn main() -> ExitCode {
    malloc::return_freed_memory();
    commands::survive_file_size_limit();
    let exit = match Cli::read(std::env::args_os()) {
        Ok(cli) => run(cli),
        Err(message) => commands::print_usage(&message).unwrap_or_else(|error| {
            telemetry::fail(&error, LogFormat::Text);
            Exit::CouldNotRun
        }),
    };
    exit.into()
}

fn run(cli: Cli) -> Exit {
    let format = cli.log_format;
    if let Err(error) = telemetry::start(cli.verbosity(), format) {
        telemetry::fail(&error, format);
        return Exit::WrongUsage;
    }
    commands::run(cli).unwrap_or_else(|error| {
        telemetry::fail(&error, format);
        Exit::CouldNotRun
    })
}
