//! One file for each command: it passes options to the modules that do the work, and prints their results.

mod chart;
mod cheapest;
mod completions;
mod consume;
mod coverage;
mod database;
mod destination;
mod empty_sources;
mod events;
mod extract;
mod follow;
mod healthcheck;
mod import;
mod lag;
mod man_pages;
mod metrics;
mod migrate;
mod newcomers;
mod output;
mod prices;
mod private;
mod psql;
mod publish;
mod rds_iam;
mod report;
mod retry;
mod roles;
mod rows;
mod serve;
mod signals;
mod simulate;
mod spot;
mod status;
mod status_report;
mod table;
mod usage;
mod verdict;
mod withdraw;

use std::process::ExitCode;

use private_postgres::restart_without_client_variables;

use crate::cli::{Cli, Command};

pub use output::print_usage;
pub use signals::survive_file_size_limit;

/// How a command ended; the codes are part of the interface (`docs/reference.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what it should.
    Success = 0,
    /// Could not run, or not to the end.
    CouldNotRun = 1,
    /// The arguments are wrong.
    WrongUsage = 2,
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
    // Before anything else, as only the standard streams of this process survive the restart.
    if cli.database().is_some_and(|database| database.url.is_none()) {
        restart_without_client_variables()?;
    }
    let ended = match cli.command {
        Command::Import(args) => import::run(args, cli.log_format),
        Command::Follow(args) => follow::run(args),
        Command::Consume(args) => consume::run(&args),
        Command::Retry(args) => retry::run(args, cli.log_format),
        Command::Withdraw(args) => withdraw::run(&args),
        Command::Status(args) => status::run(&args),
        Command::Prices(args) => prices::run(&args),
        Command::Cheapest(args) => cheapest::run(&args),
        Command::Coverage(args) => coverage::run(&args),
        Command::Events(args) => events::run(&args),
        Command::Chart(args) => chart::run(&args),
        Command::Extract(args) => extract::run(&args),
        Command::Publish(args) => publish::run(&args),
        Command::Serve(args) => serve::run(args),
        Command::Healthcheck(args) => healthcheck::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Roles(args) => roles::run(&args),
        Command::Psql(args) => psql::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::ManPages(args) => man_pages::run(&args),
    };
    ended.map_err(database::with_advice)
}
