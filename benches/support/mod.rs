//! What benchmarks share: a private Postgres, runs of the program, and figures of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use landfall::db::{self, DatabaseUrl};
use private_postgres::{PrivatePostgres, find_binary};
use serde_json::Value;

pub(crate) struct Bench {
    pub(crate) folder: PathBuf,
    postgres: PrivatePostgres,
}

/// A run of the importer.
pub(crate) struct Run {
    pub(crate) report: Value,
    pub(crate) seconds: f64,
    pub(crate) peak_mib: f64,
}

impl Bench {
    pub(crate) fn new() -> Result<Self> {
        // A socket's path is short, and the server's user must be able to enter.
        let folder = PathBuf::from(std::env::var("LANDFALL_BENCH_DIR").context("run scripts/bench")?);
        Command::new("chmod").arg("755").arg(&folder).status()?;
        let postgres = PrivatePostgres::start(&folder.join("postgres"), "landfall")?;
        Ok(Self { folder, postgres })
    }

    pub(crate) fn url(&self, database: &str) -> Result<DatabaseUrl> {
        let url = self.postgres.url().replace("/landfall?", &format!("/{database}?"));
        DatabaseUrl::parse(&url).context("no URL")
    }

    /// An empty database with the schema; an existing one is dropped.
    pub(crate) fn database(&self, name: &str) -> Result<DatabaseUrl> {
        let mut connection = db::connect(&self.url("landfall")?)?;
        connection.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
        connection.batch_execute(&format!("CREATE DATABASE {name}"))?;
        // Pending writes of earlier rounds should not slow this one down.
        connection.batch_execute("CHECKPOINT")?;
        let url = self.url(name)?;
        db::migrate(&mut db::connect(&url)?)?;
        Ok(url)
    }

    /// Imports a folder with a run of the program.
    pub(crate) fn import(&self, database: &DatabaseUrl, folder: &Path, options: &[&str]) -> Result<Run> {
        let started = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_landfall"))
            .args(["--quiet", "import", "--json"])
            .args(options)
            .arg(folder)
            .env("DATABASE_URL", database.secret())
            .stdout(Stdio::piped())
            .spawn()?;
        let peak = peak_mib(child.id());
        let output = child.wait_with_output()?;
        let seconds = started.elapsed().as_secs_f64();
        ensure!(output.status.success(), "import failed");
        let peak_mib = peak.join().map_err(|_| anyhow::anyhow!("the watcher failed"))?;
        Ok(Run { report: serde_json::from_slice(&output.stdout)?, seconds, peak_mib })
    }

    /// Runs psql; returns the seconds it took.
    pub(crate) fn psql(&self, database: &DatabaseUrl, command: &str) -> Result<f64> {
        let started = Instant::now();
        let status = Command::new(find_binary("psql")?)
            .args(["-qX", "-v", "ON_ERROR_STOP=1", "-d", database.secret(), "-c", command])
            .status()?;
        ensure!(status.success(), "psql failed");
        Ok(started.elapsed().as_secs_f64())
    }

    pub(crate) fn number(&self, database: &DatabaseUrl, sql: &str) -> Result<i64> {
        #[derive(QueryableByName)]
        struct Number {
            #[diesel(sql_type = BigInt)]
            number: i64,
        }
        let mut connection = db::connect(database)?;
        let Number { number } =
            sql_query(format!("SELECT ({sql})::bigint AS number")).get_result(&mut connection)?;
        Ok(number)
    }
}

/// Peak memory of a process, once it has ended.
pub(crate) fn peak_mib(process: u32) -> JoinHandle<f64> {
    let status = format!("/proc/{process}/status");
    thread::spawn(move || {
        let mut peak = 0.0_f64;
        // The kernel keeps the peak; what is read last before the end is as good as the end.
        while let Some(kib) = fs::read_to_string(&status).ok().and_then(|status| peak_kib(&status)) {
            peak = peak.max(kib);
            thread::sleep(Duration::from_millis(5));
        }
        peak / 1024.0
    })
}

fn peak_kib(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

pub(crate) fn middle(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

pub(crate) fn millions(count: i64) -> f64 {
    count as f64 / 1e6
}
