//! Dumps of spot prices.

use std::fs::{self, File};
use std::path::Path;

use anyhow::Context;

use crate::cli::Simulate;
use crate::commands::Exit;
use crate::feed::spot::simulate::Simulation;

pub(super) fn run(args: &Simulate, out: &Path) -> anyhow::Result<Exit> {
    let simulation = Simulation {
        accounts: args.accounts,
        regions: args.regions.clone(),
        pools: args.pools,
        first_day: args.first_day.unwrap_or_else(|| super::first_day(args.days)),
        days: args.days,
        changes_per_day: args.changes_per_day,
        seed: args.seed,
    };
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let (mut dumps, mut records) = (0_u64, 0_u64);
    for dump in simulation.dumps() {
        let path = out.join(&dump.name);
        File::create(&path)
            .and_then(|mut file| dump.write_json(&mut file))
            .with_context(|| format!("cannot write {}", path.display()))?;
        dumps += 1;
        records += dump.len() as u64;
    }
    tracing::info!(dumps, records, directory = %out.display(), "simulated");
    Ok(Exit::Success)
}
