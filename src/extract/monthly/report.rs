//! What an extract of months did.

use serde::Serialize;

use crate::month::Month;

/// What an extract of months did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonthlyReport {
    /// Where the files are.
    pub destination: String,
    /// The months, in order.
    pub months: Vec<MonthReport>,
}

/// The files of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonthReport {
    /// The month.
    pub month: Month,
    /// Rows of the source that are in no file.
    pub left_out: i64,
    /// Its files.
    pub files: Vec<FileReport>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// What became of it.
    pub status: FileStatus,
    /// What it is about.
    pub part: String,
    /// Which of the contents that it has had.
    pub revision: i32,
    /// Where it is.
    pub url: String,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
    /// Rows in it.
    pub records: u64,
    /// Its size.
    pub bytes: u64,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    /// It is new.
    Written,
    /// It was there, with the same bytes, but was not recorded: a run before was ended, or records elsewhere.
    Found,
    /// It was recorded, and would have the same bytes. Only a rebuild looks whether it is there.
    Unchanged,
    /// It was recorded, and would have other bytes now; it stays as it is.
    Outdated,
    /// Other bytes took its place.
    Rebuilt,
    /// It was lost, or had other bytes than those that are recorded, and has those again.
    Restored,
}

impl FileStatus {
    /// A word for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Found => "found",
            Self::Unchanged => "unchanged",
            Self::Outdated => "outdated",
            Self::Rebuilt => "rebuilt",
            Self::Restored => "restored",
        }
    }
}

impl MonthlyReport {
    /// How many files have a status.
    pub fn count(&self, status: FileStatus) -> usize {
        self.months.iter().flat_map(|month| &month.files).filter(|file| file.status == status).count()
    }
}
