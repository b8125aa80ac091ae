//! `landfall chart`.

use std::fs;
use std::io::{Write, stdout};
use std::path::Path;

use anyhow::{Context, bail, ensure};

use super::Exit;
use super::database::Database;
use super::report::unless_closed;
use crate::chart::{self, MOST_SERIES};
use crate::cli::{self, Picture};
use crate::feed::spot::answers::{self, PoolFilter};
use crate::feed::spot::picture;

pub(super) fn run(args: &cli::Chart) -> anyhow::Result<Exit> {
    let filter = PoolFilter {
        account: args.account.clone(),
        region: args.region.clone(),
        zone: args.zone.clone(),
        instance_type: args.instance_type.clone(),
        product: args.product.clone(),
    };
    if let Some((field, fault)) = filter.faults().next() {
        bail!("--{}: {fault}", field.replace('_', "-"));
    }
    let database = Database::open(&args.database)?;
    let mut connection = database.migrated()?;
    let pools = answers::pools(&mut connection, &filter, None, MOST_SERIES + 1)?;
    ensure!(!pools.is_empty(), "no pool matches: see `landfall status` for what has landed");
    let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
    let interval = picture::interval(&mut connection, account, region, args.from, args.to)?
        .context("nothing has landed there yet: landfall import SOURCE")?
        .map_err(|error| anyhow::anyhow!("--to: {error}"))?;
    let markets = answers::coverage(&mut connection, account, region, interval)?;
    let chart = picture::picture(&mut connection, &pools, &markets, interval)??;
    match &args.output {
        Picture::Stdout => unless_closed(stdout().lock().write_all(chart::svg(&chart).as_bytes()))?,
        Picture::Svg(path) => write(path, chart::svg(&chart).as_bytes())?,
        Picture::Png(path) => write(path, &chart::png(&chart)?)?,
    }
    Ok(Exit::Well)
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
