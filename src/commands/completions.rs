//! `landfall completions`.

use clap::CommandFactory;

use super::Exit;
use crate::cli::{Cli, Completions};

pub(super) fn run(args: &Completions) -> anyhow::Result<Exit> {
    clap_complete::generate(args.shell, &mut Cli::command(), "landfall", &mut std::io::stdout());
    Ok(Exit::Well)
}
