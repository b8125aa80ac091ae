//! The report of a run.

use std::io::{self, Write};

use anyhow::Context;
use serde::Serialize;
use serde_json::json;

use super::empty_sources::EmptySource;
use super::output;
use crate::ingest::{FailedSource, Plan, Report, SkippedEntry, TooEarly};

/// Prints the plan of a dry run.
pub(super) fn print_plan(plan: &Plan, empty_sources: &[EmptySource], json: bool) -> anyhow::Result<()> {
    output::print(|out| write_plan(out, plan, empty_sources, json)).map(drop)
}

fn write_plan(out: &mut dyn Write, plan: &Plan, empty_sources: &[EmptySource], json: bool) -> io::Result<()> {
    if json {
        let plan = json!({
            "objects": plan.objects,
            "ignored": plan.ignored,
            "unselected": plan.unselected,
            "unchanged": plan.unchanged,
            "still_rejected": plan.still_rejected,
            "without_dumps": empty_sources,
            "unreadable": plan.unreadable,
            "failed_sources": plan.failed_sources,
            "too_early": plan.too_early,
            "tasks": plan.tasks.iter().map(|task| json!({
                "location": task.location(),
                "bytes": task.object.size,
                "seen_before": task.seen_entry_id.is_some(),
            })).collect::<Vec<_>>(),
        });
        return writeln!(out, "{plan:#}");
    }
    for task in &plan.tasks {
        let what = if task.seen_entry_id.is_some() { "again" } else { "new" };
        writeln!(out, "{what:>6}  {:>12} bytes  {}", task.object.size, task.location())?;
    }
    for source in empty_sources {
        writeln!(out, "{source}")?;
    }
    write_too_early(out, &plan.too_early)?;
    write_gaps(out, &plan.unreadable, &plan.failed_sources)?;
    write!(
        out,
        "{} dumps to land, {} unchanged, {} rejected before, {} outside the selection, {} other objects",
        plan.tasks.len(),
        plan.unchanged,
        plan.still_rejected,
        plan.unselected,
        plan.ignored
    )?;
    match plan.unreadable.len() {
        0 => writeln!(out),
        unreadable => writeln!(out, ", {unreadable} unreadable"),
    }
}

fn write_too_early(out: &mut dyn Write, dumps: &[TooEarly]) -> io::Result<()> {
    dumps.iter().try_for_each(|dump| writeln!(out, "too early: {}: {dump}", dump.location))
}

/// Prints the report of a run.
pub(super) fn print(report: &Report, empty_sources: &[EmptySource], json: bool) -> anyhow::Result<()> {
    let printed = output::print(|out| write_report(out, report, empty_sources, json)).map(drop);
    printed.context("the run is over, but its report is lost: see `landfall status`")
}

/// The output of `--json`.
#[derive(Serialize)]
struct JsonReport<'r> {
    #[serde(flatten)]
    report: &'r Report,
    #[serde(rename = "without_dumps")]
    empty_sources: &'r [EmptySource],
}

fn write_report(
    mut out: &mut dyn Write,
    report: &Report,
    empty_sources: &[EmptySource],
    json: bool,
) -> io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut out, &JsonReport { report, empty_sources })?;
        return writeln!(out);
    }
    for source in empty_sources {
        writeln!(out, "{source}")?;
    }
    for rejected in &report.rejected {
        writeln!(out, "rejected: {}: {}", rejected.location, rejected.error)?;
    }
    write_too_early(out, &report.too_early)?;
    for failed in &report.failed {
        writeln!(out, "failed: {}: {}", failed.location, failed.error)?;
    }
    write_gaps(out, &report.unreadable, &report.failed_sources)?;
    let mut dumps = vec![format!("{} dumps landed", report.landed)];
    dumps.extend(
        [
            (report.replaced, "of them new revisions"),
            (report.empty, "of them empty"),
            (report.superseded, "older than what had landed"),
            (report.unselected, "outside the selection"),
            (report.deleted, "deleted meanwhile"),
            (report.too_early.len(), "too early"),
            (report.failed.len(), "failed"),
            (report.unreadable.len(), "unreadable"),
            (report.remaining, "remaining for the next run"),
            (report.ignored, "other objects ignored"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}")),
    );
    dumps.push(format!("{} unchanged", report.unchanged));
    dumps.push(match report.still_rejected {
        0 => format!("{} rejected", report.rejected.len()),
        before => format!("{} rejected and {before} rejected before (landfall retry)", report.rejected.len()),
    });
    writeln!(out, "{}", dumps.join(", "))?;
    writeln!(
        out,
        "{} rows new, {} repeated, {} disagreeing, {} removed{}",
        report.rows_new,
        report.rows_repeated + report.rows_outdated,
        report.rows_disagreeing,
        report.rows_removed,
        match report.rows_rejected {
            0 => String::new(),
            rejected => format!(", {rejected} records rejected (dead_letters)"),
        }
    )?;
    writeln!(out, "{:.2} s, {:.0} records a second", report.seconds, report.records_per_second)
}

/// Prints what could not be listed, and may have dumps.
fn write_gaps(
    out: &mut dyn Write,
    unreadable: &[SkippedEntry],
    failed_sources: &[FailedSource],
) -> io::Result<()> {
    for entry in unreadable {
        writeln!(out, "unreadable: {}", entry.error)?;
    }
    for failed in failed_sources {
        writeln!(out, "source failed: {}", failed.error)?;
    }
    Ok(())
}
