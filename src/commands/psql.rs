//! `landfall psql`.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use anyhow::Context;
use nix::sys::signal::Signal;
use private_postgres::find_binary;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::Exit;
use super::database::Database;
use super::output;
use crate::cli::Psql;

pub(super) fn run(args: &Psql) -> anyhow::Result<Exit> {
    // Ctrl-C is for psql, which cancels a query with it. A handler keeps it from ending Landfall too.
    let runtime = Runtime::new()?;
    let _inside = runtime.enter();
    let _interrupts = signal(SignalKind::interrupt())?;
    let database = Database::open(&args.database)?;
    let (address, password) = database.url.split_password().map_err(anyhow::Error::msg)?;
    let mut psql = Command::new(find_binary("psql")?);
    psql.arg("--dbname").arg(address).args(&args.args);
    if let Some(password) = password {
        // On the command line, every user of this machine could read it.
        psql.env("PGPASSWORD", password);
    }
    let status = psql.status().context("cannot run psql")?;
    // A reader that has read enough, such as `head`, ends psql by this signal. So does one of its standard error, where
    // psql may have had an error to report.
    let has_enough = status.signal() == Some(Signal::SIGPIPE as i32) && output::is_without_reader();
    // psql's own codes would be taken for Landfall's.
    Ok(if status.success() || has_enough { Exit::Success } else { Exit::CouldNotRun })
}
