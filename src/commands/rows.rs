//! Rows on standard output: as CSV, or as a table for people.

use std::io::{self, Write};

use super::table::Table;

/// Prints rows as CSV.
pub(super) fn csv<const N: usize>(
    mut out: impl Write,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    csv.write_record(header)?;
    for row in rows {
        csv.write_record(row)?;
    }
    out.write_all(&csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?)
}

/// Prints rows as a table for people.
pub(super) fn table<const N: usize>(
    out: &mut dyn Write,
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    naming: &[&str],
    optional: &[&str],
) -> io::Result<()> {
    let rows = rows.map(Vec::from).collect();
    Table { header: header.to_vec(), rows, naming, optional, complete: "--format csv" }.write(out)
}

/// The text of a value; empty if it is unknown.
pub(super) fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
