//! How the rows of a response are encoded.

/// The encoding of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One object with all of them.
    Json,
    /// One object a line.
    Ndjson,
    /// A header, and a line for each.
    Csv,
}

/// Rows as CSV; writing to memory cannot fail.
pub fn csv<T: AsRef<[u8]>, const N: usize>(rows: &[[T; N]]) -> Vec<u8> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let _ = csv.write_record(row);
    }
    csv.into_inner().unwrap_or_default()
}
