//! `landfall cheapest`.

use std::io::{self, Write};

use chrono::SecondsFormat;

use super::Exit;
use super::database::Database;
use super::output;
use super::rows::{cell, csv, table};
use super::spot::{check, filter, interval};
use crate::cli::spot::{self, Format};
use crate::db::snapshot;
use crate::feed::spot::query::{Cheapest, Ranked, Ranking, cheapest_of};

pub(super) fn run(args: &spot::Cheapest) -> anyhow::Result<Exit> {
    check("cheapest", args.days);
    let database = Database::open(&args.database)?;
    let mut connection = database.current()?;
    let filter = filter(&args.pools);
    let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
    let ranking = Ranking { budget: args.budget, limit: args.limit.into(), min_coverage: args.min_coverage };
    let (interval, result) = snapshot(&mut connection, |connection| {
        let interval = interval(connection, args.days, account, region)?;
        anyhow::Ok((interval, cheapest_of(connection, &filter, interval, &ranking)??))
    })?;
    output::print(|out| print(out, &result, args.format))?;
    let coverage = &result.coverage;
    tracing::info!(
        from = %interval.first, to = %interval.last, landed = coverage.landed, empty = coverage.empty,
        missing = coverage.missing, rejected = coverage.rejected, "queried the dumps of these days"
    );
    Ok(Exit::Success)
}

fn print(mut out: &mut dyn Write, result: &Cheapest, format: Format) -> io::Result<()> {
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, result)?;
            writeln!(out)
        }
        Format::Csv => csv(out, CSV_COLUMNS, result.pools.iter().map(cells)),
        Format::Table => {
            let header = [
                "rank",
                "account",
                "zone",
                "type",
                "product",
                "average",
                "low",
                "high",
                "p50",
                "p95",
                "changes/day",
                "in budget",
                "coverage",
            ];
            table(out, header, result.pools.iter().map(short_cells), &["account", "product"], &OPTIONAL)
        }
    }
}

/// Columns of the table that a narrow terminal can do without, the least important first.
const OPTIONAL: [&str; 8] = ["p50", "changes/day", "p95", "low", "high", "coverage", "rank", "in budget"];

const CSV_COLUMNS: [&str; 17] = [
    "rank",
    "pool_id",
    "account_id",
    "region",
    "availability_zone",
    "instance_type",
    "product_description",
    "average",
    "low",
    "high",
    "p50",
    "p95",
    "changes_per_day",
    "within_budget",
    "coverage",
    "confirmed_at",
    "confirmed_by",
];

fn cells(ranked: &Ranked) -> [String; 17] {
    let (pool, coverage) = (&ranked.pool, &ranked.coverage);
    [
        cell(ranked.rank),
        pool.id.to_string(),
        pool.account_id.clone(),
        pool.region.clone(),
        pool.availability_zone.clone(),
        pool.instance_type.clone(),
        pool.product_description.clone(),
        cell(ranked.average),
        cell(ranked.low),
        cell(ranked.high),
        cell(ranked.p50),
        cell(ranked.p95),
        cell(ranked.changes_per_day),
        cell(ranked.within_budget),
        coverage.ratio.to_string(),
        cell(coverage.confirmed_at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))),
        cell(coverage.confirmed_by.clone()),
    ]
}

/// The columns of the table; the other formats have more.
fn short_cells(ranked: &Ranked) -> [String; 13] {
    let [
        rank,
        _,
        account,
        _,
        zone,
        kind,
        product,
        average,
        low,
        high,
        p50,
        p95,
        changes,
        budget,
        coverage,
        ..,
    ] = cells(ranked);
    [rank, account, zone, kind, product, average, low, high, p50, p95, changes, budget, coverage]
}
