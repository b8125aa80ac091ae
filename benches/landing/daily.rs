//! The daily path: a day of all regions, beside a month that is there.

use std::fs;

use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate};

use crate::ROUNDS;
use crate::dumps::Dumps;
use crate::scale::Scale;
use crate::support::{Bench, middle, millions};

/// As many as AWS has had for years.
const REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Days that are there before the first that is measured.
const STORED: usize = 28;

pub(crate) fn measure(bench: &Bench, scale: Scale) -> Result<()> {
    let rounds = scale.rounds(ROUNDS);
    let dumps = Dumps {
        regions: &REGIONS,
        // Some 800,000 records a day, and 570,000 new rows.
        pools: scale.of(14_200),
        // The months of the days that are measured have rows.
        first_day: NaiveDate::from_ymd_opt(2019, 12, 20).context("no day")?,
        days: STORED + rounds,
        ..Dumps::default()
    };
    let folder = bench.simulate("regions", &dumps)?;
    let imported = bench.database("imported")?;
    bench.import(&imported, &folder, &["--until", &dumps.day(STORED - 1).to_string()])?;
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("no name")?;
        if name < format!("spotprices_{}", dumps.day(STORED).format("%Y%m%d")).as_str() {
            fs::remove_file(path)?;
        }
    }
    bench.vacuum(&imported)?;
    let copied = bench.copy_of("imported", "copied")?;
    let stored = bench.rows(&imported)?;

    let (mut imports, mut peaks, mut limits, mut rows, mut records) =
        <(Vec<_>, Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
    for day in (STORED..).take(rounds).map(|number| dumps.day(number)) {
        bench.checkpoint()?;
        let run =
            bench.import(&imported, &folder, &["--since", &day.to_string(), "--until", &day.to_string()])?;

        // Those of the day, and what its dumps say of the days before.
        let condition = format!(
            "dump_id IN (SELECT id FROM ledger WHERE day = '{day}') AND observed_at >= date '{}'",
            day - Days::new(7)
        );
        let file = bench.write_rows(&imported, &condition)?;
        bench.checkpoint()?;
        let limit = bench.copy_rows(&copied, &file)?;

        imports.push(run.seconds);
        peaks.push(run.peak_mib);
        limits.push(limit);
        rows.push(run.report["rows_new"].as_f64().context("no rows")?);
        records.push(run.report["records"].as_f64().context("no records")?);
    }
    ensure!(bench.rows(&copied)? == bench.rows(&imported)?, "rows differ");
    let (import, limit) = (middle(&mut imports), middle(&mut limits));
    println!(
        "| a day of {} regions beside {:.1} M rows: records, of them new rows | {:.2} M, {:.2} M |",
        REGIONS.len(),
        millions(stored),
        middle(&mut records) / 1e6,
        middle(&mut rows) / 1e6
    );
    println!("| `\\copy` of its rows into a copy of the tables: the limit | {limit:.2} s |");
    println!("| import of the day | {import:.2} s, {:.0} MiB peak memory |", middle(&mut peaks));
    println!("| **import, as a ratio of the limit** | **{:.2}** |", limit / import);
    Ok(())
}
