//! Time and memory for dumps of any size.

use std::fs;

use anyhow::{Context, Result};

use crate::ROUNDS;
use crate::dumps::Dumps;
use crate::scale::Scale;
use crate::support::{Bench, middle, millions};

pub(crate) fn measure(bench: &Bench, scale: Scale) -> Result<()> {
    let one = Dumps { days: 1, ..Dumps::default() };
    let little = Dumps { pools: scale.of(9_000), ..one };
    let huge = Dumps { pools: scale.of(20_000), changes_per_day: 184.0, ..one };
    bench.peak("one 5 MB dump", &little, &[], scale)?;
    bench.peak("one 1 GiB dump", &huge, &[], scale)?;
    bench.peak("30 large dumps with `--jobs 4`", &Dumps::large(scale), &["--jobs", "4"], scale)
}

impl Bench {
    fn peak(&self, what: &str, dumps: &Dumps, options: &[&str], scale: Scale) -> Result<()> {
        let folder = self.simulate("dumps", dumps)?;
        let (mut seconds, mut peaks) = (Vec::new(), Vec::new());
        let (mut bytes, mut records) = (0.0, 0);
        for _ in 0..scale.rounds(ROUNDS) {
            let run = self.import(&self.database("memory")?, &folder, options)?;
            seconds.push(run.seconds);
            peaks.push(run.peak_mib);
            bytes = run.report["bytes"].as_f64().context("no bytes")?;
            records = run.report["records"].as_i64().context("no records")?;
        }
        println!(
            "| {what} ({:.0} MB, {:.2} M records) | {:.1} s, {:.0} MiB peak memory |",
            bytes / 1e6,
            millions(records),
            middle(&mut seconds),
            middle(&mut peaks)
        );
        Ok(fs::remove_dir_all(folder)?)
    }
}
