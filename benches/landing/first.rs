//! First imports, into an empty database.

use anyhow::{Context, Result, ensure};
use chrono::TimeDelta;

use crate::ROUNDS;
use crate::dumps::Dumps;
use crate::scale::Scale;
use crate::support::{Bench, middle, millions};

pub(crate) fn measure(bench: &Bench, scale: Scale) -> Result<()> {
    let large = bench.landing("large", &Dumps::large(scale), scale)?;
    let small = bench.landing("small", &Dumps::small(scale), scale)?;
    let row = |what: &str, value: fn(&Landing) -> String| {
        println!("| {what} | {} | {} |", value(&large), value(&small));
    };
    row("records, of them new rows", |l| format!("{:.2} M, {:.2} M", millions(l.records), millions(l.rows)));
    row("`\\copy` of the rows: the limit", |l| format!("{:.2} s", l.limit));
    row("import of the dumps", |l| format!("{:.2} s", l.import));
    row("**import, as a ratio of the limit**", |l| format!("**{:.2}**", l.limit / l.import));
    row("records a second", |l| format!("{:.0}", l.records as f64 / l.import));
    row("`\\copy` of the summaries, of the time of the import", |l| {
        format!("{:.2} s, {:.0} %", l.summaries, 100.0 * l.summaries / l.import)
    });
    row("peak memory of the importer", |l| format!("{:.0} MiB", l.peak_mib));
    row("bytes a row, key index included", |l| format!("{:.0}", l.row_bytes));
    row("bytes a row, all tables", |l| format!("{:.0}", l.all_bytes));
    Ok(())
}

/// Measurements of an import; times in seconds.
#[derive(Default)]
struct Landing {
    records: i64,
    rows: i64,
    import: f64,
    limit: f64,
    summaries: f64,
    peak_mib: f64,
    row_bytes: f64,
    all_bytes: f64,
}

impl Bench {
    fn landing(&self, name: &str, dumps: &Dumps, scale: Scale) -> Result<Landing> {
        let folder = self.simulate(name, dumps)?;
        let (mut imports, mut limits, mut summaries, mut peaks) =
            <(Vec<_>, Vec<_>, Vec<_>, Vec<_>)>::default();
        let mut landing = Landing::default();
        for _ in 0..scale.rounds(ROUNDS) {
            let database = self.database("imported")?;
            let run = self.import(&database, &folder, &[])?;
            imports.push(run.seconds);
            peaks.push(run.peak_mib);

            let (of_rows, of_summaries) =
                (self.write_rows(&database, "true")?, self.write_summaries(&database)?);
            let empty = self.database("copied")?;
            // Prices may be from before the first day.
            self.make_months(&empty, dumps.first_day - TimeDelta::days(1), dumps.day(dumps.days))?;
            limits.push(self.copy_rows(&empty, &of_rows)?);
            self.checkpoint()?;
            summaries.push(self.copy_summaries(&empty, &of_summaries)?);

            let rows = self.rows(&database)?;
            ensure!(self.rows(&empty)? == rows, "rows differ");
            let bytes = |pattern: &str| -> Result<f64> {
                let sum = format!(
                    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class
                     WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname ~ '{pattern}'"
                );
                Ok(self.number(&database, &sum)? as f64 / rows as f64)
            };
            landing.records = run.report["records"].as_i64().context("no records")?;
            landing.rows = rows;
            landing.row_bytes = bytes("^spot_observations_")?;
            landing.all_bytes = bytes("^(spot|ledger)")?;
        }
        landing.import = middle(&mut imports);
        landing.limit = middle(&mut limits);
        landing.summaries = middle(&mut summaries);
        landing.peak_mib = middle(&mut peaks);
        Ok(landing)
    }
}
