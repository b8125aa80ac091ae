//! Landfall itself: the engine in this process, or the binary as users run it.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use landfall::ingest::FEEDS;
use landfall::ingest::{self, Bulk, Effort, PlanMode, Progress, Report, Selection, Stop, feeds};
use landfall::source::{Directory, Source};

use super::{Database, TestS3};

/// Imports folders with the engine, in this process.
pub(crate) fn import(database: &Database, folders: &[&Path]) -> Report {
    import_at(database, folders, Utc::now())
}

/// The same by a clock that is set.
pub(crate) fn import_at(database: &Database, folders: &[&Path], now: DateTime<Utc>) -> Report {
    run(database, folders, Bulk::Auto, now)
}

/// The same, with months as a whole or in batches.
pub(crate) fn import_in(bulk: Bulk, database: &Database, folders: &[&Path]) -> Report {
    run(database, folders, bulk, Utc::now())
}

fn run(database: &Database, folders: &[&Path], bulk: Bulk, now: DateTime<Utc>) -> Report {
    let sources: Vec<Arc<dyn Source>> =
        folders.iter().map(|folder| Arc::new(Directory::open(folder).unwrap()) as Arc<dyn Source>).collect();
    let plan =
        ingest::plan(&mut database.connect(), &sources, &feeds(), &Selection::default(), PlanMode::New, now)
            .unwrap();
    let progress = Progress::new(plan.tasks.len());
    let (report, ended) =
        ingest::run(plan, FEEDS, &database.url, Effort { jobs: 2, bulk }, &Stop::default(), &progress);
    ended.unwrap();
    report
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
        for name in ["PATH", "HOME", "PG_BINDIR", "SSL_CERT_FILE", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Nor what a developer keeps at home.
        command.env("AWS_CONFIG_FILE", "/dev/null").env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        Self { command }
    }

    /// On a test's database.
    pub(crate) fn on(database: &Database, args: &[&str]) -> Self {
        Self::bare(args).env("DATABASE_URL", database.url.secret())
    }

    /// Lets `s3://` mean a test's S3, whose one identity signs.
    pub(crate) fn with(self, s3: &TestS3) -> Self {
        self.endpoint(&s3.endpoint()).env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test")
    }

    /// Reads `s3://` from the server at a URL, without credentials.
    pub(crate) fn endpoint(self, url: &str) -> Self {
        self.env("AWS_ENDPOINT_URL", url).env("AWS_REGION", "eu-west-3")
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn arg(mut self, arg: impl Into<PathBuf>) -> Self {
        self.command.arg(arg.into());
        self
    }

    pub(crate) fn stdin(mut self, stdin: impl Into<Stdio>) -> Self {
        self.command.stdin(stdin);
        self
    }

    pub(crate) fn stdout(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    pub(crate) fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.command.stderr(stderr);
        self
    }

    /// Runs it by a shell, whose script has it as `"$0" "$@"`.
    pub(crate) fn by_shell(self, script: &str) -> Self {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script).arg(self.command.get_program()).args(self.command.get_args());
        command.env_clear().stdin(Stdio::null());
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Self { command }
    }

    /// As the user the test's Postgres runs as, who is not root and may connect to it.
    pub(crate) fn of_user(mut self, database: &Database) -> Self {
        let socket = std::fs::metadata(database.socket()).unwrap();
        self.command.uid(socket.uid()).gid(socket.gid());
        self
    }

    pub(crate) fn run(mut self) -> Run {
        let output = self.command.output().unwrap();
        // It may have a pseudo-terminal, which ends only once nobody can write to it.
        drop(self.command);
        output.into()
    }

    /// With the streams it was given, or this process's own.
    pub(crate) fn spawn_as_it_is(mut self) -> Child {
        self.command.spawn().unwrap()
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

    /// The messages of the log lines, which are JSON where no terminal is.
    pub(crate) fn messages(&self) -> Vec<String> {
        let message = |line: &str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["message"].as_str().unwrap().to_owned()
        };
        self.stderr.lines().map(message).collect()
    }

    /// The one line of a command that could not run.
    #[track_caller]
    pub(crate) fn error(self) -> String {
        let run = self.expect(1);
        assert_eq!(run.stdout, "");
        let mut messages = run.messages();
        assert_eq!(messages.len(), 1, "{}", run.stderr);
        messages.remove(0)
    }

    /// What `--json` printed.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}
