//! `landfall coverage`.

use std::io::{self, Write};

use chrono::SecondsFormat;
use serde::Serialize;

use super::Exit;
use super::database::Database;
use super::output;
use super::rows::{cell, csv, table};
use super::spot::{check, interval};
use crate::cli::spot::{self, Format};
use crate::db::snapshot;
use crate::feed::spot::query::{DayState, DumpCoverage, MarketDay, MarketDays, market_days, markets};

/// What `--format json` prints.
#[derive(Serialize)]
struct CoverageReport {
    coverage: DumpCoverage,
    markets: Vec<MarketDays>,
}

pub(super) fn run(args: &spot::Coverage) -> anyhow::Result<Exit> {
    check("coverage", args.days);
    let database = Database::open(&args.database)?;
    let mut connection = database.current()?;
    let (account, region) = (args.account.as_deref(), args.region.as_deref());
    let (interval, markets) = snapshot(&mut connection, |connection| {
        let interval = interval(connection, args.days, account, region)?;
        let markets = markets(connection, account, region, None, usize::MAX)?;
        anyhow::Ok((interval, market_days(connection, markets, interval)?))
    })?;
    let result = CoverageReport { coverage: DumpCoverage::of(&markets), markets };
    output::print(|out| print(out, &result, args.format))?;
    tracing::info!(from = %interval.first, to = %interval.last, "coverage of these days");
    Ok(Exit::Success)
}

fn print(mut out: &mut dyn Write, result: &CoverageReport, format: Format) -> io::Result<()> {
    let days = || result.markets.iter().flat_map(|market| market.days.iter().map(move |day| (market, day)));
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, result)?;
            writeln!(out)
        }
        Format::Csv => {
            let header = ["account_id", "region", "day", "state", "dump", "records", "landed_at", "reason"];
            csv(out, header, days().map(|(market, day)| cells(market, day)))
        }
        Format::Table => {
            let header = ["account", "region", "landed", "empty", "missing", "rejected"];
            table(out, header, result.markets.iter().map(counts), &["account"], &["empty", "landed"])?;
            for (market, run) in
                result.markets.iter().flat_map(|market| runs(market).map(move |run| (market, run)))
            {
                let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
                let days = if first.day == last.day {
                    first.day.to_string()
                } else {
                    format!("{} to {}", first.day, last.day)
                };
                write!(out, "{}: {} {} {days}", name(first.state), market.account_id, market.region)?;
                match &first.reason {
                    Some(reason) => writeln!(out, ": {reason}")?,
                    None => writeln!(out)?,
                }
            }
            Ok(())
        }
    }
}

fn counts(market: &MarketDays) -> [String; 6] {
    let coverage = DumpCoverage::of(std::slice::from_ref(market));
    let [landed, empty, missing, rejected] =
        [coverage.landed, coverage.empty, coverage.missing, coverage.rejected].map(|count| count.to_string());
    [market.account_id.clone(), market.region.clone(), landed, empty, missing, rejected]
}

/// Days in a row that are the same in state and reason, without those that landed with records.
fn runs(market: &MarketDays) -> impl Iterator<Item = &[MarketDay]> {
    let runs = market.days.chunk_by(|one, next| one.state == next.state && one.reason == next.reason);
    runs.filter(|run| run.iter().any(|day| day.state != DayState::Landed))
}

fn cells(market: &MarketDays, day: &MarketDay) -> [String; 8] {
    [
        market.account_id.clone(),
        market.region.clone(),
        day.day.to_string(),
        name(day.state).to_owned(),
        day.dump.clone(),
        day.records.to_string(),
        cell(day.landed_at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))),
        cell(day.reason.clone()),
    ]
}

fn name(state: DayState) -> &'static str {
    match state {
        DayState::Landed => "landed",
        DayState::Empty => "empty",
        DayState::Missing => "missing",
        DayState::Rejected => "rejected",
    }
}
