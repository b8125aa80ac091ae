//! `landfall chart`.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};

use super::Exit;
use super::database::Database;
use super::output::print;
use super::spot::{check, filter, interval};
use crate::chart::{self, MOST_SERIES};
use crate::cli::{self, Picture};
use crate::db::snapshot;
use crate::feed::spot::answers::{coverage, pools};
use crate::feed::spot::picture::picture;

pub(super) fn run(args: &cli::Chart) -> anyhow::Result<Exit> {
    check(args.days);
    let database = Database::open(&args.database)?;
    let mut connection = database.current()?;
    let filter = filter(&args.pools);
    let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
    let chart = snapshot(&mut connection, |connection| {
        let interval = interval(connection, args.days, account, region)?;
        // One more than can be drawn tells that they are too many.
        let pools = pools(connection, &filter, None, MOST_SERIES + 1)?;
        ensure!(!pools.is_empty(), "no pool matches: see `landfall cheapest` for pools that have landed");
        let markets = coverage(connection, account, region, interval)??;
        Ok(picture(connection, &pools, &markets, interval)??)
    })?;
    match &args.output {
        Picture::Stdout => {
            print(|out| out.write_all(chart::svg(&chart).as_bytes()))?;
        }
        Picture::Svg(path) => write(path, chart::svg(&chart).as_bytes())?,
        Picture::Png(path) => write(path, &chart::png(&chart)?)?,
    }
    Ok(Exit::Well)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
