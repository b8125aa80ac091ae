//! The report of an extract of months.

use std::io::{self, Write};

use anyhow::Context;

use crate::commands::output;
use crate::extract::monthly::{FileStatus, MonthlyReport};

/// Prints it; of a dry run, what would be done.
pub(super) fn print(report: &MonthlyReport, dry_run: bool, json: bool) -> anyhow::Result<()> {
    let printed = output::print(|out| write(out, report, dry_run, json)).map(drop);
    if dry_run { printed } else { printed.context("the extract is complete, but its report is lost") }
}

fn write(mut out: &mut dyn Write, report: &MonthlyReport, dry_run: bool, json: bool) -> io::Result<()> {
    if json {
        serde_json::to_writer_pretty(&mut out, report)?;
        return writeln!(out);
    }
    let name = |status: FileStatus| match status {
        FileStatus::Written if dry_run => "new",
        status => status.name(),
    };
    for file in report.months.iter().flat_map(|month| &month.files) {
        writeln!(
            out,
            "{:>9}  {:>6} rows  {:>8} bytes  {}",
            name(file.status),
            file.records,
            file.bytes,
            file.url
        )?;
    }
    let statuses = [
        FileStatus::Written,
        FileStatus::Found,
        FileStatus::Rebuilt,
        FileStatus::Restored,
        FileStatus::Outdated,
        FileStatus::Unchanged,
    ];
    let counts: Vec<String> = statuses
        .into_iter()
        .map(|status| (status, report.count(status)))
        .filter(|(status, count)| *count > 0 || matches!(status, FileStatus::Written | FileStatus::Unchanged))
        .map(|(status, count)| format!("{count} {}", name(status)))
        .collect();
    writeln!(out, "{}", counts.join(", "))
}
