//! `landfall man-pages`.

use std::fs;

use anyhow::Context;
use clap::CommandFactory;

use super::Exit;
use crate::cli::{Cli, ManPages};

pub(super) fn run(args: &ManPages) -> anyhow::Result<Exit> {
    let dir = &args.dir;
    fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), dir))
        .with_context(|| format!("cannot write to {}", dir.display()))?;
    Ok(Exit::Success)
}
