//! Landfall itself: the engine in this process, or the binary as users run it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use landfall::feed::FEEDS;
use landfall::landing::{self, Progress, Report, Selection, Stop, Which};
use landfall::source::{Directory, Source};

use super::Database;

/// Imports folders with the engine, in this process.
pub(crate) fn import(database: &Database, folders: &[&Path]) -> Report {
    let sources: Vec<Arc<dyn Source>> =
        folders.iter().map(|folder| Arc::new(Directory::open(folder).unwrap()) as Arc<dyn Source>).collect();
    let plan =
        landing::plan(&mut database.connect(), &sources, FEEDS, &Selection::default(), Which::New).unwrap();
    let progress = Progress::new(plan.tasks.len());
    landing::run(plan, &database.url, 2, &Stop::default(), &progress).unwrap()
}

/// The binary, with a clean environment.
pub(crate) struct Landfall {
    command: Command,
}

/// How a run of the binary ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Landfall {
    /// Without any database named.
    pub(crate) fn bare(args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(args).env_clear().stdin(Stdio::null());
        // What a shell always has; nothing of AWS or Landfall.
        for name in ["PATH", "HOME", "PG_BINDIR", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        Self { command }
    }

    /// On a test's database.
    pub(crate) fn on(database: &Database, args: &[&str]) -> Self {
        Self::bare(args).env("DATABASE_URL", database.url.secret())
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn arg(mut self, arg: impl Into<PathBuf>) -> Self {
        self.command.arg(arg.into());
        self
    }

    pub(crate) fn run(mut self) -> Run {
        self.command.output().unwrap().into()
    }

    pub(crate) fn spawn(mut self) -> Child {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// Demands an exit code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// What `--json` printed.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}
