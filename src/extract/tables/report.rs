//! What an extract of a table did.

use serde::Serialize;

use crate::ledger::IncompletePart;

/// What an extract of a table did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableReport {
    /// Where the files are.
    pub destination: String,
    /// Name of the table.
    pub table: String,
    /// The files that are new, by their parts.
    pub files: Vec<TableFile>,
    /// Selected parts whose files were there before.
    pub unchanged: usize,
    /// Parts that are left as they are, because Postgres does not have all of their rows any more.
    pub incomplete: Vec<IncompletePart>,
    /// Where the manifest of the files is, and the script that loads them: a bucket has them if there are new Parquet files.
    pub manifest: Option<String>,
    /// The script.
    pub load_script: Option<String>,
}

/// The file of a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableFile {
    /// The part.
    pub part: String,
    /// Where it is.
    pub url: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Rows in it; a part may have lost all it had.
    pub records: u64,
    /// Its size.
    pub bytes: u64,
}
