//! Why a dump, or a record of it, is rejected.

use std::{fmt, io};

use serde::Serialize;
use thiserror::Error;

/// One thing that is wrong with a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RecordError {
    /// What is wrong.
    pub reason: String,
    /// Index of the offending record, counted from 0; nothing if the dump as a whole is wrong.
    pub record: Option<u64>,
    /// Field of the offending record.
    pub field: Option<&'static str>,
    /// Offset in bytes where the error begins, counted from 0.
    pub offset: Option<u64>,
}

impl RecordError {
    /// An error of the dump as a whole.
    pub fn of_dump(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(record) = self.record {
            write!(f, "record {record}")?;
            if let Some(field) = self.field {
                write!(f, ", {field}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.reason)?;
        if let Some(offset) = self.offset {
            write!(f, " (at byte {offset})")?;
        }
        Ok(())
    }
}

/// All errors found in a dump, in its order: one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    errors: Vec<RecordError>,
}

impl Rejection {
    /// Nobody reads more errors at once: whoever looks for them may stop at so many.
    pub const MAX_ERRORS: usize = 10;

    /// A rejection with these errors, at most [`MAX_ERRORS`](Self::MAX_ERRORS); nothing if there are none.
    pub fn of(errors: impl IntoIterator<Item = RecordError>) -> Option<Self> {
        let errors: Vec<_> = errors.into_iter().take(Self::MAX_ERRORS).collect();
        (!errors.is_empty()).then_some(Self { errors })
    }

    /// The first error in the dump, which the ledger keeps.
    pub fn first(&self) -> &RecordError {
        &self.errors[0]
    }

    /// All errors.
    pub fn errors(&self) -> &[RecordError] {
        &self.errors
    }

    /// The rejection with each error changed.
    pub fn map(self, change: impl FnMut(RecordError) -> RecordError) -> Self {
        Self { errors: self.errors.into_iter().map(change).collect() }
    }

    /// Adds the errors of another rejection, which come later in the dump.
    pub fn extend(&mut self, later: Self) {
        self.errors.extend(later.errors);
    }

    /// Adds an error that was found after the others.
    pub fn push(&mut self, error: RecordError) {
        self.errors.push(error);
    }
}

impl From<RecordError> for Rejection {
    fn from(error: RecordError) -> Self {
        Self { errors: vec![error] }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first().fmt(f)?;
        match self.errors.len() - 1 {
            0 => Ok(()),
            others => write!(f, ", and {others} more"),
        }
    }
}

/// Why a dump has no content.
#[derive(Debug, Error)]
pub enum DecodeError {
    /// The dump itself is wrong: it will be rejected again however often it is read.
    #[error("{0}")]
    Rejected(Rejection),
    /// Its bytes could not be read to the end.
    #[error("cannot read the dump: {0}")]
    Read(io::Error),
    /// This machine could not hold it, for want of disk for instance.
    #[error(
        "cannot write the scratch file that sorting a large dump needs, in {dir}: {0}; free some space, or name another directory in TMPDIR",
        dir = std::env::temp_dir().display()
    )]
    Scratch(io::Error),
}

impl From<RecordError> for DecodeError {
    fn from(error: RecordError) -> Self {
        Self::Rejected(error.into())
    }
}
