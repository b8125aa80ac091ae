//! Runs over dumps that have landed already.

use anyhow::{Result, ensure};
use diesel::connection::SimpleConnection;
use landfall::db;

use crate::ROUNDS;
use crate::dumps::Dumps;
use crate::scale::Scale;
use crate::support::{Bench, middle};

pub(crate) fn measure(bench: &Bench, scale: Scale) -> Result<()> {
    let thousand = Dumps { accounts: 10, pools: 10, days: scale.of(100), ..Dumps::default() };
    // Dumps without records, as nothing of what is in them is read.
    let many = Dumps { accounts: scale.of(100), pools: 0, days: 1_000, ..Dumps::default() };
    for (name, dumps) in [("thousand", thousand), ("many", many)] {
        let folder = bench.simulate(name, &dumps)?;
        let database = bench.database(name)?;
        bench.import(&database, &folder, &[])?;
        let (mut seconds, mut peaks) = (Vec::new(), Vec::new());
        for _ in 0..scale.rounds(ROUNDS) {
            let run = bench.import(&database, &folder, &[])?;
            ensure!(run.report["unchanged"] == dumps.accounts * dumps.days, "something was new");
            seconds.push(run.seconds);
            peaks.push(run.peak_mib);
        }
        println!(
            "| a run over {} dumps, nothing new | {:.2} s, {:.0} MiB peak memory |",
            dumps.accounts * dumps.days,
            middle(&mut seconds),
            middle(&mut peaks)
        );
    }
    Ok(())
}

/// What is listed counts, not what was ever imported.
pub(crate) fn measure_plan(bench: &Bench, scale: Scale) -> Result<()> {
    let dumps = Dumps { accounts: 10, pools: 1, days: 100, ..Dumps::default() };
    let folder = bench.simulate("listed", &dumps)?;
    let database = bench.database("known")?;
    let known = scale.of(1_000_000);
    db::connect(&database)?.batch_execute(&format!(
        "INSERT INTO ledger (feed, source, key, fingerprint, size, modified_at, sha256, name, day, scope, status, landed_at)
         SELECT 'spot', 'file://', '/other/' || name, name, 1, now(), sha256(name::bytea), name,
                date '2015-01-01' + number % 1000, 'a/' || number / 1000, 'landed', now()
         FROM (SELECT number, 'dump ' || number AS name FROM generate_series(1, {known}) AS number) AS known;
         ANALYZE ledger"
    ))?;
    let (mut seconds, mut peaks) = (Vec::new(), Vec::new());
    for _ in 0..scale.rounds(ROUNDS) {
        let run = bench.import(&database, &folder, &["--dry-run"])?;
        ensure!(run.report["tasks"].as_array().is_some_and(|tasks| tasks.len() == 1_000), "another plan");
        seconds.push(run.seconds);
        peaks.push(run.peak_mib);
    }
    println!(
        "| a plan of 1000 new dumps beside {known} known ones | {:.2} s, {:.0} MiB peak memory |",
        middle(&mut seconds),
        middle(&mut peaks)
    );
    Ok(())
}
