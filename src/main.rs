//! The `landfall` command.

use std::process::ExitCode;

use landfall::cli::Cli;
use landfall::commands::{self, Exit};
use landfall::telemetry;

fn main() -> ExitCode {
    commands::survive_file_size_limit();
    let exit = Cli::read(std::env::args_os()).map_or_else(|message| commands::print_usage(&message), run);
    exit.unwrap_or_else(|error| {
        telemetry::fail(&error);
        Exit::CouldNotRun
    })
    .into()
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    if let Err(error) = telemetry::start(cli.verbosity()) {
        telemetry::fail(&error);
        return Ok(Exit::WrongUsage);
    }
    commands::run(cli)
}
