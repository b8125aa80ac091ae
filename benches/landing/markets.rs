//! Four markets: one after another, by one importer with four jobs, and by two importers at once.

use std::thread;
use std::time::Instant;

use anyhow::Result;
use landfall::db::DatabaseUrl;

use crate::ROUNDS;
use crate::dumps::Dumps;
use crate::scale::Scale;
use crate::support::{Bench, middle};

const REGIONS: [&str; 4] = ["us-east-1", "us-west-2", "eu-west-1", "eu-west-3"];

pub(crate) fn measure(bench: &Bench, scale: Scale) -> Result<()> {
    let selected = |regions: &'static [&'static str]| regions.iter().flat_map(|region| ["--region", region]);
    let dumps = Dumps { regions: &REGIONS, pools: scale.of(20_000), days: 8, ..Dumps::default() };
    let dumps = bench.simulate("markets", &dumps)?;
    let import = |database: &DatabaseUrl, regions: &'static [&'static str]| -> Result<()> {
        let options: Vec<&str> = selected(regions).chain(["--jobs", "4"]).collect();
        bench.import(database, &dumps, &options).map(drop)
    };
    let timed = |work: &dyn Fn(&DatabaseUrl) -> Result<()>| -> Result<f64> {
        let database = bench.database("markets")?;
        let started = Instant::now();
        work(&database)?;
        Ok(started.elapsed().as_secs_f64())
    };
    let (mut one_by_one, mut lanes, mut importers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..scale.rounds(ROUNDS) {
        one_by_one
            .push(timed(&|database| REGIONS.chunks(1).try_for_each(|region| import(database, region)))?);
        lanes.push(timed(&|database| import(database, &REGIONS))?);
        importers.push(timed(&|database| {
            thread::scope(|scope| {
                let [first, second] =
                    [&REGIONS[..2], &REGIONS[2..]].map(|regions| scope.spawn(|| import(database, regions)));
                let done = |importer: thread::ScopedJoinHandle<'_, Result<()>>| {
                    importer.join().map_err(|_| anyhow::anyhow!("an importer failed"))?
                };
                done(first).and(done(second))
            })
        })?);
    }
    let [one_by_one, lanes, importers] = [one_by_one, lanes, importers].map(|mut times| middle(&mut times));
    println!("| four markets, one after another | {one_by_one:.2} s |");
    println!(
        "| four markets, one importer with `--jobs 4` | {lanes:.2} s, {:.2} of that |",
        lanes / one_by_one
    );
    println!(
        "| four markets, two importers at once | {importers:.2} s, {:.2} of that |",
        importers / one_by_one
    );
    Ok(())
}
