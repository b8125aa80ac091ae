//! `landfall simulate`.

use std::fs::{self, File};

use anyhow::Context;
use chrono::{Days, Utc};

use super::Exit;
use crate::cli::Simulate;
use crate::feed::spot::simulate::Simulation;

pub(super) fn run(args: &Simulate) -> anyhow::Result<Exit> {
    let first_day = match args.first_day {
        Some(first_day) => first_day,
        None => Utc::now().date_naive() - Days::new(args.days.into()),
    };
    let simulation = Simulation {
        accounts: args.accounts,
        regions: args.regions.clone(),
        pools: args.pools,
        first_day,
        days: args.days,
        changes_per_day: args.changes_per_day,
        seed: args.seed,
    };
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let (mut dumps, mut records) = (0_u64, 0_u64);
    for dump in simulation.dumps() {
        let path = args.out.join(&dump.name);
        File::create(&path)
            .and_then(|mut file| dump.write_json(&mut file))
            .with_context(|| format!("cannot write {}", path.display()))?;
        dumps += 1;
        records += dump.len() as u64;
    }
    tracing::info!(dumps, records, directory = %args.out.display(), "simulated");
    Ok(Exit::Success)
}
