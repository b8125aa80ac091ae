//! `landfall chart`.

mod events;
mod file;
mod prices;

use std::path::{Path, PathBuf};

use crate::chart::{self, Chart};
use crate::cli::{self, ChartOther, ChartOutput};

use super::Exit;
use super::output::print;

pub(super) fn run(args: &cli::Chart) -> anyhow::Result<Exit> {
    match &args.other {
        Some(ChartOther::Events(args)) => events::run(args),
        None => prices::run(args),
    }
}

/// Writes a chart; `name` gives the name of the file.
fn write(chart: &Chart, output: &ChartOutput, name: impl Fn(&Path) -> PathBuf) -> anyhow::Result<()> {
    match output {
        ChartOutput::Stdout => print(|out| out.write_all(chart::svg(chart).as_bytes())).map(drop)?,
        ChartOutput::Svg(path) => file::write(&name(path), chart::svg(chart).as_bytes())?,
        ChartOutput::Png(path) => file::write(&name(path), &chart::png(chart)?)?,
    }
    Ok(())
}
