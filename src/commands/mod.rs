//! One file a command: each wires settings to the engines and prints what they answer.

mod chart;
mod cheapest;
mod completions;
mod coverage;
mod database;
mod import;
mod man_pages;
mod migrate;
mod prices;
mod psql;
mod report;
mod retry;
mod serve;
mod signals;
mod simulate;
mod spot;
mod status;
mod withdraw;

use std::process::ExitCode;

use crate::cli::{Cli, Command};

/// How a command ended; the codes are part of the interface (README, Exit codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All well.
    Well = 0,
    /// Could not run, or not to the end.
    CouldNotRun = 1,
    /// Some dumps were rejected, all others landed.
    SomeRejected = 3,
    /// The newest day is older than allowed.
    Lagging = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Runs a command.
pub fn run(cli: Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Import(args) => import::run(args),
        Command::Retry(args) => retry::run(args),
        Command::Withdraw(args) => withdraw::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Prices(args) => prices::run(&args),
        Command::Cheapest(args) => cheapest::run(&args),
        Command::Coverage(args) => coverage::run(&args),
        Command::Chart(args) => chart::run(&args),
        Command::Serve(args) => serve::run(args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Psql(args) => psql::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::ManPages(args) => man_pages::run(&args),
    }
}
