//! What an extract did.

use chrono::NaiveDate;
use serde::Serialize;

use crate::ledger::IncompletePart;

/// What an extract did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Where the files are.
    pub destination: String,
    /// The files that are new, by their days.
    pub files: Vec<ExtractedFile>,
    /// Selected days whose files were there before.
    pub unchanged: usize,
    /// Days that are left as they are, because Postgres does not have all of their rows any more.
    pub incomplete: Vec<IncompletePart>,
    /// Where the manifest of the files is; a bucket has one if there are new files.
    pub manifest: Option<String>,
}

/// The file of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExtractedFile {
    /// UTC day of receipt.
    pub day: NaiveDate,
    /// Where it is.
    pub url: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Events in it; a day may have lost all it had.
    pub records: u64,
    /// Its size.
    pub bytes: u64,
}
