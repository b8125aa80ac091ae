//! `landfall withdraw`.

use std::io::{self, Write};

use anyhow::bail;
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::Serialize;

use super::Exit;
use super::database::Database;
use super::output;
use super::usage::wrong_usage;
use crate::cli::Withdraw;
use crate::feed::WithdrawnRows;
use crate::ingest::{DumpLookup, FoundDump, Withdrawal, feeds, look_up, preview_withdrawal, withdraw};
use crate::ledger::Entry;

/// The output of `--json`.
#[derive(Debug, Serialize)]
struct WithdrawalReport {
    feed: &'static str,
    dump: String,
    /// Whether nothing was changed.
    dry_run: bool,
    /// Whether it had been withdrawn before.
    before: bool,
    withdrawn_at: Option<DateTime<Utc>>,
    /// Rows of the dump that were removed.
    rows_removed: i64,
    /// Of them, those that were restored with the prices of other dumps.
    rows_restored: i64,
    /// Deferred claims of the dump, which had lost to other dumps, that were removed.
    claims_removed: i64,
}

pub(super) fn run(args: &Withdraw) -> anyhow::Result<Exit> {
    let found = find(args)?;
    // Ends the process, so the private Postgres must have been stopped by now.
    let report = found.unwrap_or_else(|wrong| wrong_usage("withdraw", wrong));
    output::print(|out| print(out, &report, args.json))?;
    Ok(Exit::Success)
}

/// Finds and withdraws the dump; or returns what is wrong with its name.
fn find(args: &Withdraw) -> anyhow::Result<Result<WithdrawalReport, String>> {
    let database = Database::open(&args.database)?;
    let mut connection = database.migrated()?;
    let key = &args.key;
    match look_up(&mut connection, &feeds(), key)? {
        DumpLookup::Found(dump) => withdraw_found(&mut connection, &dump, args.dry_run).map(Ok),
        DumpLookup::Rejected(reason) => {
            bail!("{key} was rejected ({reason}): nothing of it is stored, so there is nothing to withdraw")
        }
        DumpLookup::Several(dumps) => Ok(Err(format!(
            "`{key}` may mean any of {} dumps: write the location of one of them\n  {}",
            dumps.len(),
            dumps.join("\n  ")
        ))),
        DumpLookup::Nothing => Ok(Err(format!(
            "there is no dump `{key}`: write its name, or its location as in the report of `landfall import`"
        ))),
    }
}

fn withdraw_found(
    connection: &mut PgConnection,
    dump: &FoundDump,
    dry_run: bool,
) -> anyhow::Result<WithdrawalReport> {
    let withdrawn = match dry_run {
        true => preview_withdrawal(connection, dump.feed, dump.id)?,
        false => withdraw(connection, dump.feed, dump.id)?,
    };
    let (entry, rows, before) = match withdrawn {
        Withdrawal::Withdrawn(entry, rows) => (entry, rows, false),
        Withdrawal::AlreadyWithdrawn(entry) => (entry, WithdrawnRows::default(), true),
        Withdrawal::NotCurrent(_) | Withdrawal::Unknown => {
            bail!("another revision of the dump landed meanwhile: run the command again")
        }
    };
    let Entry { name, key, withdrawn_at, .. } = entry;
    if !dry_run && !before {
        tracing::info!(feed = dump.feed.name(), dump = name, id = dump.id, "withdrawn");
    }
    Ok(WithdrawalReport {
        feed: dump.feed.name(),
        dump: name.unwrap_or(key),
        dry_run,
        before,
        withdrawn_at: withdrawn_at.filter(|_| before || !dry_run),
        rows_removed: rows.removed,
        rows_restored: rows.restored,
        claims_removed: rows.deferred,
    })
}

fn print(mut out: &mut dyn Write, report: &WithdrawalReport, json: bool) -> io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut out, report)?;
        return writeln!(out);
    }
    let WithdrawalReport { dump, rows_removed, rows_restored, claims_removed, .. } = report;
    if report.before {
        let at =
            report.withdrawn_at.map(|at| format!(" on {}", at.format("%F at %H:%M UTC"))).unwrap_or_default();
        return writeln!(out, "{dump} was withdrawn before{at}: nothing to do");
    }
    let what = if report.dry_run { "would be withdrawn" } else { "withdrawn" };
    writeln!(
        out,
        "{what}: {dump}: {rows_removed} rows removed, {rows_restored} of them replaced by rows of other dumps; {claims_removed} deferred claims removed"
    )
}
