//! `landfall completions`.

use clap::CommandFactory;

use super::{Exit, output};
use crate::cli::{Cli, Completions};

pub(super) fn run(args: &Completions) -> anyhow::Result<Exit> {
    // Into memory, where writing never fails: the generators panic where it does.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "landfall", &mut script);
    output::print(|out| out.write_all(&script))?;
    Ok(Exit::Success)
}
