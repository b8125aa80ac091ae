use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::binaries::Installation;
use super::error::PrivatePostgresError;
use super::folder::Folder;

/// Starts the name of a folder in which data is being created.
const UNFINISHED: &str = "initdb-";

/// In the order of preference. Both sort by code point; `C` knows letters of ASCII only.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// How many lines of a failed program's output are worth showing.
const LINES_SHOWN: usize = 20;

/// The installation that fits the data, which is created if there is none. The caller holds
/// the start lock.
pub(super) fn ensure(folder: &Folder) -> Result<Installation, PrivatePostgresError> {
    remove_unfinished(folder.path());
    let cluster = folder.cluster();
    let account = folder.account();
    if cluster.exists() {
        let version = fs::read_to_string(cluster.join("PG_VERSION")).ok();
        let major = version.and_then(|text| text.trim().parse().ok());
        let major = major.ok_or_else(|| PrivatePostgresError::NotACluster { cluster: cluster.clone() })?;
        return Installation::choose(account, &cluster, Some(major));
    }
    let installation = Installation::choose(account, &cluster, None)?;
    let unfinished = initdb(folder, &installation)?;
    create_database(folder, &installation, unfinished.path())?;
    let made = unfinished.keep();
    let put_in_place = || {
        fs::rename(&made, &cluster)?;
        // Without it a power cut might undo the rename but not what was stored since.
        File::open(folder.path())?.sync_all()
    };
    put_in_place().map_err(|source| PrivatePostgresError::folder(&cluster, source))?;
    Ok(installation)
}

/// Creates the data in a folder of its own, renamed when it is whole: a process killed on the way
/// leaves nothing half. The folder's name is never used twice, because an initdb whose caller was
/// killed goes on writing for a while.
fn initdb(folder: &Folder, installation: &Installation) -> Result<TempDir, PrivatePostgresError> {
    let failed = |source| PrivatePostgresError::folder(folder.path(), source);
    let mut last_output = String::new();
    for locale in LOCALES {
        let unfinished =
            tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(folder.path()).map_err(failed)?;
        folder.account().own(unfinished.path())?;
        let program = installation.initdb();
        let mut command = folder.account().command(&program);
        command.arg("--pgdata").arg(unfinished.path());
        command.args([
            "--username",
            folder.name(),
            "--encoding=UTF8",
            "--locale",
            locale,
            "--data-checksums",
        ]);
        // Every client of the socket is trusted; only the owner may enter its folder.
        command.arg("--auth=trust");
        let output = command.output().map_err(|reason| PrivatePostgresError::Run { program, reason })?;
        if output.status.success() {
            return Ok(unfinished);
        }
        last_output = ending(&output);
        if !last_output.contains("invalid locale") {
            break;
        }
    }
    Err(PrivatePostgresError::Create { step: "initdb", output: last_output })
}

/// Creates the database in single-user mode: no client is needed for it, and no server has to start
/// twice.
fn create_database(
    folder: &Folder,
    installation: &Installation,
    cluster: &Path,
) -> Result<(), PrivatePostgresError> {
    let program = installation.postgres();
    let mut command = folder.account().command(&program);
    // Without exit_on_error a failed statement is only a line in the output.
    command.args(["--single", "-c", "exit_on_error=on", "-D"]).arg(cluster).arg("postgres");
    let statement = format!("CREATE DATABASE \"{}\"\n", folder.name());
    let output = run_with_input(&mut command, statement.as_bytes());
    let output = output.map_err(|reason| PrivatePostgresError::Run { program, reason })?;
    if output.status.success() {
        return Ok(());
    }
    Err(PrivatePostgresError::Create { step: "postgres --single", output: ending(&output) })
}

fn run_with_input(command: &mut Command, input: &[u8]) -> std::io::Result<Output> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(input));
    let output = child.wait_with_output()?;
    // A program that fails before it reads closes the pipe; its output says more than that.
    if output.status.success() {
        written?;
    }
    Ok(output)
}

/// Removes what killed attempts left. One that cannot be removed yet, because its initdb still
/// writes, is tried again at the next start.
fn remove_unfinished(data_dir: &Path) {
    for entry in data_dir.read_dir().into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes())
            && let Err(error) = fs::remove_dir_all(entry.path())
        {
            tracing::debug!(path = %entry.path().display(), %error, "an unfinished data folder remains");
        }
    }
}

fn ending(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    last_lines(&text, LINES_SHOWN)
}

/// The last lines of a text, at most `count`.
pub(super) fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
