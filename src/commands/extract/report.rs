//! The report of an extract.

use std::io::{self, Write};

use anyhow::Context;
use serde_json::json;

use super::incomplete;
use crate::commands::output;
use crate::extract::{Report, StaleDays};

/// Prints the plan of a dry run.
pub(super) fn print_plan(destination: &str, days: &StaleDays, json: bool) -> anyhow::Result<()> {
    output::print(|out| write_plan(out, destination, days, json)).map(drop)
}

fn write_plan(out: &mut dyn Write, destination: &str, stale: &StaleDays, json: bool) -> io::Result<()> {
    let StaleDays { days, unchanged } = stale;
    if json {
        let days = days.iter().map(|day| json!({ "day": day.day, "extracted_before": day.is_extracted }));
        let days: Vec<_> = days.collect();
        let plan = json!({ "destination": destination, "days": days, "unchanged": unchanged });
        return writeln!(out, "{plan:#}");
    }
    for day in days {
        writeln!(out, "{:>6}  {}", if day.is_extracted { "again" } else { "new" }, day.day)?;
    }
    writeln!(out, "{} days to extract, {unchanged} unchanged", days.len())
}

/// Prints the report of an extract.
pub(super) fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    let printed = output::print(|out| write_report(out, report, json)).map(drop);
    printed.context("the extract is complete, but its report is lost")
}

fn write_report(mut out: &mut dyn Write, report: &Report, json: bool) -> io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut out, report)?;
        return writeln!(out);
    }
    for file in &report.files {
        writeln!(out, "{:>12} events  {:>12} bytes  {}", file.records, file.bytes, file.url)?;
    }
    incomplete::write(out, &report.incomplete)?;
    writeln!(out, "{} days extracted, {} unchanged", report.files.len(), report.unchanged)?;
    report.manifest.iter().try_for_each(|manifest| writeln!(out, "manifest: {manifest}"))
}
