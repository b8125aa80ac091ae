//! The same dumps, landed in the ways of others.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use landfall::db::DatabaseUrl;
use serde_json::Value;

use crate::dumps::Dumps;
use crate::scale::Scale;
use crate::support::{Bench, middle};

/// Five would take long.
const ROUNDS: usize = 3;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers");

pub(crate) fn measure(bench: &Bench, scale: Scale) -> Result<()> {
    let large = bench.beside("large", &Dumps::large(scale), scale)?;
    let small = bench.beside("small", &Dumps::small(scale), scale)?;
    let row = |what: &str, value: fn(&Beside) -> String| {
        println!("| {what} | {} | {} |", value(&large), value(&small));
    };
    row("import of the dumps", |b| format!("{:.2} s", b.landfall));
    row("psycopg 3: `COPY` to a temporary table, `INSERT … ON CONFLICT`", |b| {
        format!("{:.2} s", b.psycopg)
    });
    row("**import, times as fast as psycopg**", |b| format!("**{:.1}**", b.psycopg / b.landfall));
    row("DuckDB, into a file of its own", |b| format!("{:.2} s", b.duckdb));
    row("import, times as fast as DuckDB", |b| format!("{:.1}", b.duckdb / b.landfall));
    Ok(())
}

/// Seconds that each took.
struct Beside {
    landfall: f64,
    psycopg: f64,
    duckdb: f64,
}

/// What a peer says of itself.
struct Landed {
    seconds: f64,
    rows: i64,
}

impl Bench {
    fn beside(&self, name: &str, dumps: &Dumps, scale: Scale) -> Result<Beside> {
        let folder = self.simulate(name, dumps)?;
        let file = self.folder.join("peer.duckdb");
        let (mut imports, mut psycopg, mut duckdb) = <(Vec<_>, Vec<_>, Vec<_>)>::default();
        for _ in 0..scale.rounds(ROUNDS) {
            let database = self.database("imported")?;
            imports.push(self.import(&database, &folder, &[])?.seconds);
            let rows = self.rows(&database)?;

            let database = self.database("peer")?;
            let landed = peer("land_psycopg.py", &[&folder], Some(&database))?;
            ensure!(landed.rows == rows, "psycopg has {} rows, Landfall {rows}", landed.rows);
            psycopg.push(landed.seconds);

            self.checkpoint()?;
            let landed = peer("land_duckdb.py", &[&folder, &file], None)?;
            ensure!(landed.rows == rows, "DuckDB has {} rows, Landfall {rows}", landed.rows);
            duckdb.push(landed.seconds);
            fs::remove_file(&file)?;
        }
        Ok(Beside {
            landfall: middle(&mut imports),
            psycopg: middle(&mut psycopg),
            duckdb: middle(&mut duckdb),
        })
    }
}

/// Runs a script of `benches/peers`. The start of Python does not count.
fn peer(script: &str, arguments: &[&Path], database: Option<&DatabaseUrl>) -> Result<Landed> {
    let python = std::env::var("LANDFALL_BENCH_PYTHON").context("run scripts/bench-landing")?;
    let mut command = Command::new(python);
    command.arg(Path::new(SCRIPTS).join(script)).args(arguments);
    if let Some(database) = database {
        command.env("DATABASE_URL", database.secret());
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    ensure!(output.status.success(), "{script} failed");
    let landed: Value = serde_json::from_slice(&output.stdout)?;
    Ok(Landed {
        seconds: landed["seconds"].as_f64().context("no seconds")?,
        rows: landed["rows"].as_i64().context("no rows")?,
    })
}
