//! What a new row costs beside others.

use anyhow::{Context, Result};
use chrono::NaiveDate;

use crate::ROUNDS;
use crate::dumps::{Dumps, FIRST_DAY};
use crate::scale::Scale;
use crate::support::{Bench, middle, millions};

/// Databases of one market, and the months until whose 21st they have rows: some 1, 4 and 16 million. The days that land in them are
/// the rest of that month, so that all are alike.
const STORED: [(&str, u32); 3] = [("january", 1), ("march", 3), ("december", 12)];

/// The days that land.
const DAYS: usize = 10;

pub(crate) fn measure(bench: &Bench, scale: Scale) -> Result<()> {
    let dumps = Dumps { pools: scale.of(20_000), days: 366, ..Dumps::default() };
    let folder = bench.simulate("year", &dumps)?;
    let growing = bench.database("growing")?;
    let (mut landed, mut stored) = (FIRST_DAY, Vec::new());
    for (name, month) in STORED {
        let until = NaiveDate::from_ymd_opt(2020, month, 21).context("no day")?;
        bench.import(&growing, &folder, &["--since", &landed.to_string(), "--until", &until.to_string()])?;
        bench.vacuum(&growing)?;
        stored.push(bench.rows(&growing)?);
        bench.copy_of("growing", name)?;
        landed = until.succ_opt().context("no day")?;
    }

    let mut costs = STORED.map(|_| Vec::new());
    for _ in 0..scale.rounds(ROUNDS) {
        for (index, (name, month)) in STORED.iter().enumerate() {
            let database = bench.copy_of(name, "growing")?;
            let first = NaiveDate::from_ymd_opt(2020, *month, 22).context("no day")?;
            let last = first + chrono::Days::new(DAYS as u64 - 1);
            let options = ["--since", &first.to_string(), "--until", &last.to_string()];
            let run = bench.import(&database, &folder, &options)?;
            costs[index].push(run.seconds * 1e6 / run.report["rows_new"].as_f64().context("no rows")?);
        }
    }
    let costs = costs.map(|mut costs| middle(&mut costs));
    for (stored, cost) in stored.iter().zip(costs) {
        println!("| {DAYS} more days beside {:.1} M rows | {cost:.2} µs a new row |", millions(*stored));
    }
    println!(
        "| **a row beside the most, as a ratio of one beside the fewest** | **{:.2}** |",
        costs[2] / costs[0]
    );
    Ok(())
}
