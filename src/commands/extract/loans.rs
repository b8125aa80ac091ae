//! Loans of an operational database.

use std::path::Path;

use anyhow::{Context, anyhow};
use chrono::Utc;
use diesel::{ConnectionError, PgConnection};
use thiserror::Error;
use tokio::runtime::Runtime;

use super::look::Look;
use super::monthly_report;
use crate::cli::extract::Loans;
use crate::commands::database::Database;
use crate::commands::usage::wrong_usage;
use crate::commands::{Exit, destination};
use crate::db::is_password_refused;
use crate::extract::monthly::{self, Content, FileStatus, MonthlyError, Months, NewFile};
use crate::loans::{self, LoansError, Mapping, MonthOfLoans, csv_file, file_key};
use crate::month::Month;
use crate::source::Location;

/// The name of the output in the ledger.
const OUTPUT: &str = "loans";

#[derive(Debug, Error)]
enum Error {
    #[error(transparent)]
    Monthly(#[from] MonthlyError),
    #[error(transparent)]
    Loans(#[from] LoansError),
    #[error("cannot write a CSV file: {0}")]
    Csv(#[from] csv::Error),
}

pub(super) fn run(args: &Loans) -> anyhow::Result<Exit> {
    let months = Months::new(args.month, Utc::now().date_naive())
        .unwrap_or_else(|error| wrong_usage("extract loans", format!("--month: {error}")));
    let mapping = args.map.as_deref().map(mapping).transpose()?.unwrap_or_default();
    let runtime = Runtime::new()?;
    let sink = destination::open(&args.destination, args.s3.addressing.into(), &runtime)?;
    let database = Database::open(&args.database)?;
    let mut recorder = if args.dry_run { database.current()? } else { database.migrated()? };
    let look = if args.dry_run {
        Some(Look::open(&args.destination, args.s3.addressing.into(), &runtime)?)
    } else {
        if matches!(args.destination, Location::Path(_)) {
            sink.check()?;
        }
        None
    };
    let look = look.as_ref().map(|look| |key: &str, body: &[u8]| look.look(key, body));
    let look = look.as_ref().map(|look| look as monthly::Look<'_>);
    let mut operational = connect(args)?;
    let read = |months: &[Month]| read(&mut operational, &mapping, months);
    let report =
        monthly::run::<Error>(OUTPUT, sink.as_ref(), months, args.rebuild, look, &mut recorder, read)?;
    for month in report.months.iter().filter(|month| month.left_out > 0) {
        tracing::warn!(
            month = %month.month, loans = month.left_out,
            "loans are in no file: they have no amount or no date, or no account, client, branch or bank"
        );
    }
    let outdated = report.count(FileStatus::Outdated);
    if outdated > 0 {
        tracing::warn!(
            files = outdated,
            "files stay as they are, though they would have other content now: --rebuild replaces them"
        );
    }
    monthly_report::print(&report, args.dry_run, args.json)?;
    Ok(Exit::Success)
}

/// Reads a file, or what would be in one, where there is no place for files, as in a container that is given variables alone: that
/// has a line break, and the name of a file has none.
fn mapping(map: &Path) -> anyhow::Result<Mapping> {
    if let Some(text) = map.to_str().filter(|text| text.contains('\n')) {
        return Mapping::parse(text)
            .map_err(|error| anyhow!("the mapping in LANDFALL_LOANS_MAP is wrong: {error}"));
    }
    let text =
        std::fs::read_to_string(map).with_context(|| format!("cannot read the mapping {}", map.display()))?;
    Mapping::parse(&text).map_err(|error| anyhow!("the mapping {} is wrong: {error}", map.display()))
}

fn connect(args: &Loans) -> anyhow::Result<PgConnection> {
    let url = match &args.password {
        None => args.from.clone(),
        Some(password) => args.from.clone().with_password(password.clone()).context(
            "the URL of --from (LANDFALL_LOANS_FROM) has a password already: leave it out, or LANDFALL_LOANS_PASSWORD",
        )?,
    };
    loans::connect(&url, args.statement_timeout).map_err(|error| {
        let advice = advice(&error);
        anyhow!("cannot connect to the operational database: {error}; {advice}")
    })
}

fn advice(error: &ConnectionError) -> &'static str {
    let text = error.to_string();
    if is_password_refused(error) || text.contains("no password supplied") {
        "correct the user in --from (LANDFALL_LOANS_FROM), and LANDFALL_LOANS_PASSWORD or the password file"
    } else {
        "check --from (LANDFALL_LOANS_FROM), and that the server is up"
    }
}

fn read(operational: &mut PgConnection, mapping: &Mapping, months: &[Month]) -> Result<Vec<Content>, Error> {
    let months = loans::read(operational, mapping, months)?;
    Ok(months.iter().map(content).collect::<csv::Result<_>>()?)
}

fn content(MonthOfLoans { month, banks, left_out }: &MonthOfLoans) -> csv::Result<Content> {
    let files = banks.iter().map(|bank| {
        Ok(NewFile {
            part: bank.bank.id.clone(),
            key: file_key(&bank.bank, *month),
            records: bank.branches.len() as u64,
            body: csv_file(*month, bank)?,
        })
    });
    Ok(Content { month: *month, left_out: *left_out, files: files.collect::<csv::Result<_>>()? })
}
