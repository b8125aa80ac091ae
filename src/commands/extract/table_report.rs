//! The report of an extract of a table.

use std::io::{self, Write};

use anyhow::Context;
use serde_json::json;

use super::incomplete;
use crate::commands::output;
use crate::extract::tables::{StaleTable, TableReport};

/// Prints the plan of a dry run.
pub(super) fn print_plan(
    destination: &str,
    table: &str,
    stale: &StaleTable,
    json: bool,
) -> anyhow::Result<()> {
    output::print(|out| write_plan(out, destination, table, stale, json)).map(drop)
}

fn write_plan(
    out: &mut dyn Write,
    destination: &str,
    table: &str,
    stale: &StaleTable,
    json: bool,
) -> io::Result<()> {
    let StaleTable { parts, unchanged } = stale;
    if json {
        let parts: Vec<_> = parts
            .iter()
            .map(|(part, is_extracted)| json!({ "part": part, "extracted_before": is_extracted }))
            .collect();
        let plan =
            json!({ "destination": destination, "table": table, "parts": parts, "unchanged": unchanged });
        return writeln!(out, "{plan:#}");
    }
    for (part, is_extracted) in parts {
        writeln!(out, "{:>6}  {part}", if *is_extracted { "again" } else { "new" })?;
    }
    writeln!(out, "{} parts of {table} to extract, {unchanged} unchanged", parts.len())
}

/// Prints the report of an extract.
pub(super) fn print(report: &TableReport, json: bool) -> anyhow::Result<()> {
    let printed = output::print(|out| write_report(out, report, json)).map(drop);
    printed.context("the extract is complete, but its report is lost")
}

fn write_report(mut out: &mut dyn Write, report: &TableReport, json: bool) -> io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut out, report)?;
        return writeln!(out);
    }
    for file in &report.files {
        writeln!(out, "{:>12} rows  {:>12} bytes  {}", file.records, file.bytes, file.url)?;
    }
    incomplete::write(out, &report.incomplete)?;
    writeln!(
        out,
        "{} parts of {} extracted, {} unchanged",
        report.files.len(),
        report.table,
        report.unchanged
    )?;
    report.load_script.iter().try_for_each(|script| writeln!(out, "load script: {script}"))
}
