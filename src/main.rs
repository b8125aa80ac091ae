//! The `landfall` command.

use std::process::ExitCode;

use clap::Parser;
use landfall::cli::Cli;
use landfall::{commands, telemetry};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match telemetry::start(cli.verbosity()).and_then(|()| commands::run(cli)) {
        Ok(exit) => exit.into(),
        Err(error) => {
            telemetry::fail(&error);
            commands::Exit::CouldNotRun.into()
        }
    }
}
