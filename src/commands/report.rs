//! What a run printed at its end.

use std::io::{self, Write, stdout};

use serde_json::json;

use crate::landing::{Plan, Report, TooEarly};

/// A reader that has read enough, such as `head`, is no error.
pub(super) fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(error),
    })
}

/// Prints what `import` would do.
pub(super) fn print_plan(plan: &Plan, json: bool) -> io::Result<()> {
    unless_closed(write_plan(plan, json))
}

fn write_plan(plan: &Plan, json: bool) -> io::Result<()> {
    let mut out = stdout().lock();
    if json {
        let plan = json!({
            "objects": plan.objects,
            "foreign": plan.foreign,
            "unselected": plan.unselected,
            "unchanged": plan.unchanged,
            "still_rejected": plan.still_rejected,
            "too_early": plan.too_early,
            "tasks": plan.tasks.iter().map(|task| json!({
                "location": task.location(),
                "bytes": task.object.size,
                "seen_before": task.base.is_some(),
            })).collect::<Vec<_>>(),
        });
        return writeln!(out, "{plan:#}");
    }
    for task in &plan.tasks {
        let what = if task.base.is_some() { "again" } else { "new" };
        writeln!(out, "{what:>6}  {:>12} bytes  {}", task.object.size, task.location())?;
    }
    write_too_early(&mut out, &plan.too_early)?;
    writeln!(
        out,
        "{} dumps to land, {} unchanged, {} rejected before, {} outside the selection, {} other objects",
        plan.tasks.len(),
        plan.unchanged,
        plan.still_rejected,
        plan.unselected,
        plan.foreign
    )
}

fn write_too_early(out: &mut impl Write, dumps: &[TooEarly]) -> io::Result<()> {
    dumps.iter().try_for_each(|dump| writeln!(out, "too early: {}: {dump}", dump.location))
}

/// Prints what a run came to.
pub(super) fn print(report: &Report, json: bool) -> io::Result<()> {
    unless_closed(write_report(report, json))
}

fn write_report(report: &Report, json: bool) -> io::Result<()> {
    let mut out = stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, report)?;
        return writeln!(out);
    }
    for rejected in &report.rejected {
        writeln!(out, "rejected: {}: {}", rejected.location, rejected.rejection)?;
    }
    write_too_early(&mut out, &report.too_early)?;
    for failed in &report.failed {
        writeln!(out, "failed: {}: {}", failed.location, failed.error)?;
    }
    let mut dumps = vec![format!("{} dumps landed", report.landed)];
    dumps.extend(
        [
            (report.replaced, "of them new revisions"),
            (report.empty, "of them empty"),
            (report.superseded, "older than what had landed"),
            (report.unselected, "outside the selection"),
            (report.gone, "deleted meanwhile"),
            (report.too_early.len(), "too early"),
            (report.failed.len(), "failed"),
            (report.left, "left for the next run"),
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
        "{} rows new, {} repeated, {} disagreeing, {} removed",
        report.rows_new,
        report.rows_repeated + report.rows_outdated,
        report.rows_disagreeing,
        report.rows_removed
    )?;
    writeln!(out, "{:.2} s, {:.0} records a second", report.seconds, report.records_per_second)
}
