//! `landfall chart`.

mod events;
mod file;
mod object;
mod prices;

use crate::chart::{self, Chart};
use crate::cli::{self, ChartFormat, ChartOther, ChartOutput};
use crate::source::Location;

use super::Exit;
use super::output::print;

pub(super) fn run(args: &cli::Chart) -> anyhow::Result<Exit> {
    match &args.other {
        Some(ChartOther::Events(args)) => events::run(args),
        None => prices::run(args),
    }
}

/// Writes a chart; `name` gives the path of the file, or the key of the object.
fn write(chart: &Chart, output: &ChartOutput, name: impl Fn(&str) -> String) -> anyhow::Result<()> {
    let ChartOutput::File(format, location) = output else {
        return print(|out| out.write_all(chart::svg(chart).as_bytes())).map(drop);
    };
    let (bytes, content_type) = match format {
        ChartFormat::Svg => (chart::svg(chart).into_bytes(), "image/svg+xml"),
        ChartFormat::Png => (chart::png(chart)?, "image/png"),
    };
    match location {
        Location::Path(path) => {
            // A template is text.
            let path = path.to_str().map_or_else(|| path.clone(), |path| name(path).into());
            file::write(&path, &bytes)
        }
        Location::S3 { bucket, prefix } => object::write(bucket, &name(prefix), &bytes, content_type),
    }
}
