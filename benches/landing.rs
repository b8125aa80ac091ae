//! The benchmark behind the numbers in the README: `scripts/bench`.
//!
//! Everything runs against one private Postgres, in one run, and is printed as a Markdown table.
//! The limit is psql's binary `\copy` of the same rows, decoded and sorted in advance, into the
//! same empty tables.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use diesel::connection::SimpleConnection;
use landfall::db::{self, DatabaseUrl};

use support::{Bench, middle, millions};

/// Import and limit take turns this often; the middle ones are compared.
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let bench = Bench::new()?;
    println!("| what | 30 large dumps | 360 small dumps |\n|---|---|---|");
    let large = bench.landing("large", &["--pools", "20000", "--days", "30"])?;
    let small = bench.landing(
        "small",
        &[
            "--accounts",
            "4",
            "--region",
            "us-east-1",
            "--region",
            "us-west-2",
            "--region",
            "eu-west-1",
            "--pools",
            "1400",
            "--days",
            "30",
        ],
    )?;
    let row = |what: &str, value: fn(&Landing) -> String| {
        println!("| {what} | {} | {} |", value(&large), value(&small));
    };
    row("records, of them new rows", |l| format!("{:.2} M, {:.2} M", millions(l.records), millions(l.rows)));
    row("`\\copy` of the rows: the limit", |l| format!("{:.2} s", l.limit));
    row("import of the dumps", |l| format!("{:.2} s", l.import));
    row("**import, as a ratio of the limit**", |l| format!("**{:.2}**", l.limit / l.import));
    row("records a second", |l| format!("{:.0}", l.records as f64 / l.import));
    row("peak memory of the importer", |l| format!("{:.0} MiB", l.peak_mib));
    row("bytes a row, key index included", |l| format!("{:.0}", l.row_bytes));
    row("bytes a row, all tables", |l| format!("{:.0}", l.all_bytes));

    println!("\n| what | |\n|---|---|");
    bench.memory()?;
    bench.nothing_new()?;
    bench.plan()?;
    bench.markets()?;
    bench.growth()
}

/// Measurements of an import; times in seconds.
struct Landing {
    records: i64,
    rows: i64,
    import: f64,
    limit: f64,
    peak_mib: f64,
    row_bytes: f64,
    all_bytes: f64,
}

impl Bench {
    fn simulate(&self, name: &str, options: &[&str]) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        let status = Command::new(env!("CARGO_BIN_EXE_landfall"))
            .args(["--quiet", "simulate", "--first-day", "2020-01-01", "--seed", "1"])
            .args(options)
            .arg(&folder)
            .status()?;
        ensure!(status.success(), "simulate failed");
        Ok(folder)
    }

    fn landing(&self, name: &str, options: &[&str]) -> Result<Landing> {
        let dumps = self.simulate(name, options)?;
        let rows_file = self.folder.join("rows");
        let (mut imports, mut limits, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
        let mut landing = None;
        for _ in 0..ROUNDS {
            let database = self.database("imported")?;
            let run = self.import(&database, &dumps, &[])?;
            imports.push(run.seconds);
            peaks.push(run.peak_mib);
            let columns = "observed_at, pool_id, dump_id, price";
            self.psql(
                &database,
                &format!(
                    "\\copy (SELECT {columns} FROM spot_observations ORDER BY date_trunc('month', observed_at), pool_id, observed_at) TO '{}' (FORMAT binary)",
                    rows_file.display()
                ),
            )?;
            let months = "SELECT spot_ensure_month('2019-12-01'), spot_ensure_month('2020-01-01')";
            let empty = self.database("copied")?;
            db::connect(&empty)?.batch_execute(months)?;
            limits.push(self.psql(
                &empty,
                &format!(
                    "\\copy spot_observations ({columns}) FROM '{}' (FORMAT binary)",
                    rows_file.display()
                ),
            )?);
            let rows = self.number(&database, "SELECT count(*) FROM spot_observations")?;
            ensure!(self.number(&empty, "SELECT count(*) FROM spot_observations")? == rows, "rows differ");
            let bytes = |pattern: &str| {
                self.number(
                    &database,
                    &format!(
                        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class
                         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname ~ '{pattern}'"
                    ),
                )
            };
            landing = Some((
                run.report["records"].as_i64().context("no records")?,
                rows,
                bytes("^spot_observations_")?,
                bytes("^(spot|ledger)")?,
            ));
        }
        let (records, rows, row_bytes, all_bytes) = landing.context("no round")?;
        Ok(Landing {
            records,
            rows,
            import: middle(&mut imports),
            limit: middle(&mut limits),
            peak_mib: middle(&mut peaks),
            row_bytes: row_bytes as f64 / rows as f64,
            all_bytes: all_bytes as f64 / rows as f64,
        })
    }

    fn memory(&self) -> Result<()> {
        for (what, name, changes) in [("5 MB dump", "little", "0.84"), ("1 GiB dump", "huge", "184")] {
            let pools = if name == "little" { "9000" } else { "20000" };
            let dumps =
                self.simulate(name, &["--pools", pools, "--days", "1", "--changes-per-day", changes])?;
            let run = self.import(&self.database("memory")?, &dumps, &[])?;
            let bytes = run.report["bytes"].as_f64().context("no bytes")?;
            println!(
                "| one {what} ({:.0} MB, {:.2} M records) | {:.0} MiB peak memory, {:.1} s |",
                bytes / 1e6,
                millions(run.report["records"].as_i64().unwrap_or_default()),
                run.peak_mib,
                run.seconds
            );
            fs::remove_dir_all(dumps)?;
        }
        Ok(())
    }

    fn nothing_new(&self) -> Result<()> {
        let dumps = self.simulate("thousand", &["--accounts", "10", "--pools", "10", "--days", "100"])?;
        let database = self.database("again")?;
        self.import(&database, &dumps, &[])?;
        let run = self.import(&database, &dumps, &[])?;
        ensure!(run.report["unchanged"] == 1_000, "something was new");
        println!("| a run over 1,000 dumps, nothing new | {:.2} s |", run.seconds);
        Ok(())
    }

    /// What is listed counts, not what was ever imported.
    fn plan(&self) -> Result<()> {
        let dumps = self.simulate("listed", &["--accounts", "10", "--pools", "1", "--days", "100"])?;
        let database = self.database("known")?;
        db::connect(&database)?.batch_execute(
            "INSERT INTO ledger (feed, source, key, fingerprint, size, modified_at, sha256, name, day, scope, status, landed_at)
             SELECT 'spot', 'file://', '/other/' || name, name, 1, now(), sha256(name::bytea), name,
                    date '2015-01-01' + number % 1000, 'a/' || number / 1000, 'landed', now()
             FROM (SELECT number, 'dump ' || number AS name FROM generate_series(1, 1000000) AS number) AS known;
             ANALYZE ledger",
        )?;
        let run = self.import(&database, &dumps, &["--dry-run"])?;
        ensure!(run.report["tasks"].as_array().is_some_and(|tasks| tasks.len() == 1_000), "another plan");
        println!(
            "| a plan of 1,000 new dumps beside 1,000,000 known ones | {:.2} s, {:.0} MiB peak memory |",
            run.seconds, run.peak_mib
        );
        Ok(())
    }

    /// Four markets: one after another, by one importer with four jobs, and by two importers at once.
    fn markets(&self) -> Result<()> {
        const REGIONS: [&str; 4] = ["us-east-1", "us-west-2", "eu-west-1", "eu-west-3"];
        let selected =
            |regions: &'static [&'static str]| regions.iter().flat_map(|region| ["--region", region]);
        let options: Vec<&str> = selected(&REGIONS).chain(["--pools", "20000", "--days", "8"]).collect();
        let dumps = self.simulate("markets", &options)?;
        let import = |database: &DatabaseUrl, regions: &'static [&'static str]| -> Result<()> {
            let options: Vec<&str> = selected(regions).chain(["--jobs", "4"]).collect();
            self.import(database, &dumps, &options).map(drop)
        };
        let timed = |work: &dyn Fn(&DatabaseUrl) -> Result<()>| -> Result<f64> {
            let database = self.database("markets")?;
            let started = Instant::now();
            work(&database)?;
            Ok(started.elapsed().as_secs_f64())
        };
        let (mut one_by_one, mut lanes, mut importers) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            one_by_one
                .push(timed(&|database| REGIONS.chunks(1).try_for_each(|region| import(database, region)))?);
            lanes.push(timed(&|database| import(database, &REGIONS))?);
            importers.push(timed(&|database| {
                thread::scope(|scope| {
                    let [first, second] = [&REGIONS[..2], &REGIONS[2..]]
                        .map(|regions| scope.spawn(|| import(database, regions)));
                    let done = |importer: thread::ScopedJoinHandle<'_, Result<()>>| {
                        importer.join().map_err(|_| anyhow::anyhow!("an importer failed"))?
                    };
                    done(first).and(done(second))
                })
            })?);
        }
        let [one_by_one, lanes, importers] =
            [one_by_one, lanes, importers].map(|mut times| middle(&mut times));
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

    /// Cost of a row when so many are stored: ten more days of one region.
    fn growth(&self) -> Result<()> {
        let days = 360;
        let dumps = self.simulate("year", &["--pools", "20000", "--days", &days.to_string()])?;
        let database = self.database("growing")?;
        let day = |number: i64| -> Result<String> {
            let first = chrono::NaiveDate::from_ymd_opt(2020, 1, 1).context("no day")?;
            Ok((first + chrono::TimeDelta::days(number)).to_string())
        };
        let mut landed = 0;
        for millions_stored in [1, 4, 16] {
            // Some 47,000 new rows a day.
            let until = millions_stored * 1_000_000 / 47_000;
            self.import(&database, &dumps, &["--since", &day(landed)?, "--until", &day(until - 1)?])?;
            let stored = self.number(&database, "SELECT sum(row_count) FROM spot_days")?;
            let run =
                self.import(&database, &dumps, &["--since", &day(until)?, "--until", &day(until + 9)?])?;
            let rows = run.report["rows_new"].as_f64().context("no rows")?;
            println!(
                "| ten more days beside {:.1} M rows | {:.2} µs a new row |",
                millions(stored),
                run.seconds * 1e6 / rows
            );
            landed = until + 10;
        }
        Ok(())
    }
}
