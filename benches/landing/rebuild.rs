//! A year of one market from its dumps: the recovery plan.

use std::fs;

use anyhow::{Context, Result, ensure};
use chrono::{Months, NaiveDate};

use crate::dumps::Dumps;
use crate::scale::Scale;
use crate::support::{Bench, millions};

/// Once: it takes minutes.
pub(crate) fn measure(bench: &Bench, scale: Scale) -> Result<()> {
    let first_month = NaiveDate::from_ymd_opt(2024, 12, 1).context("no day")?;
    let dumps = Dumps {
        pools: scale.of(20_000),
        first_day: first_month + Months::new(1),
        days: 365,
        changes_per_day: 1.2,
        ..Dumps::default()
    };
    let folder = bench.simulate("year", &dumps)?;
    let imported = bench.database("imported")?;
    let run = bench.import(&imported, &folder, &[])?;
    // What comes takes its place.
    fs::remove_dir_all(folder)?;
    let rows = bench.rows(&imported)?;

    // Each month in a file of its own: what has to be sorted at once is a twelfth. Some prices are from before the first day.
    let months: Vec<NaiveDate> = (0..=12).map(|number| first_month + Months::new(number)).collect();
    let mut files = Vec::new();
    for month in &months {
        let condition =
            format!("observed_at >= date '{month}' AND observed_at < date '{}'", *month + Months::new(1));
        let file = bench.folder.join(month.to_string());
        fs::rename(bench.write_rows(&imported, &condition)?, &file)?;
        files.push(file);
    }
    let copied = bench.database("copied")?;
    bench.make_months(&copied, first_month, dumps.day(364))?;
    let mut limit = 0.0;
    for file in &files {
        limit += bench.copy_rows(&copied, file)?;
    }
    ensure!(bench.rows(&copied)? == rows, "rows differ");
    println!("| a year of one region, {:.1} M rows: `\\copy`, the limit | {limit:.1} s |", millions(rows));
    println!(
        "| its import from 365 dumps of {:.1} GB | {:.1} s, {:.0} rows a second, {:.0} MiB peak memory |",
        run.report["bytes"].as_f64().context("no bytes")? / 1e9,
        run.seconds,
        rows as f64 / run.seconds,
        run.peak_mib
    );
    println!("| **import, as a ratio of the limit** | **{:.2}** |", limit / run.seconds);
    Ok(())
}
