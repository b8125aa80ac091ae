//! `landfall chart`.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, ensure};

use super::Exit;
use super::database::Database;
use super::output::print;
use super::spot::{check, filter, interval};
use crate::chart::{self, MAX_SERIES};
use crate::cli::{self, ChartOutput};
use crate::db::snapshot;
use crate::feed::spot::chart::price_chart;
use crate::feed::spot::query::{coverage, pools};

pub(super) fn run(args: &cli::Chart) -> anyhow::Result<Exit> {
    check("chart", args.days);
    let database = Database::open(&args.database)?;
    let mut connection = database.current()?;
    let filter = filter(&args.pools);
    let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
    let chart = snapshot(&mut connection, |connection| {
        let interval = interval(connection, args.days, account, region)?;
        // One more than can be drawn, to detect that there are too many.
        let pools = pools(connection, &filter, None, MAX_SERIES + 1)?;
        ensure!(!pools.is_empty(), "no pool matches: see `landfall cheapest` for pools that have landed");
        let markets = coverage(connection, account, region, interval)??;
        Ok(price_chart(connection, &pools, &markets, interval)??)
    })?;
    match &args.output {
        ChartOutput::Stdout => {
            print(|out| out.write_all(chart::svg(&chart).as_bytes()))?;
        }
        ChartOutput::Svg(path) => write(path, chart::svg(&chart).as_bytes())?,
        ChartOutput::Png(path) => write(path, &chart::png(&chart)?)?,
    }
    Ok(Exit::Success)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    // A device or a pipe is written to; only a file can be replaced.
    let written = match fs::canonicalize(path) {
        Ok(target) if !target.is_file() => fs::write(target, bytes),
        Ok(target) => replace(&target, bytes),
        Err(_) => replace(path, bytes),
    };
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Replaces a file as a whole, or not at all.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As for any new file: the umask of the process applies.
    let mode = Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().permissions(mode).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}
