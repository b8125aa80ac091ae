//! Why a dump is refused.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong with a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// What is wrong, in words.
    pub reason: String,
    /// Index of the offending record, counted from 0.
    pub record: Option<u64>,
    /// Field of the offending record.
    pub field: Option<&'static str>,
    /// Offset in bytes where the offence begins, counted from 0.
    pub offset: Option<u64>,
}

impl fmt::Display for Rejection {
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

/// All that was found wrong with a dump, which is at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What comes first in the dump: the reason that the ledger keeps.
    pub first: Rejection,
    /// What was found after it, in the order of the dump.
    pub others: Vec<Rejection>,
}

impl Refusal {
    /// Nobody reads more at once: whoever looks for errors may stop at so many.
    pub const MOST: usize = 10;

    /// A refusal for these reasons; nothing if there are none.
    pub fn of(rejections: impl IntoIterator<Item = Rejection>) -> Option<Self> {
        let mut rejections = rejections.into_iter().take(Self::MOST);
        Some(Self { first: rejections.next()?, others: rejections.collect() })
    }

    /// All the reasons.
    pub fn rejections(&self) -> impl Iterator<Item = &Rejection> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl From<Rejection> for Refusal {
    fn from(first: Rejection) -> Self {
        Self { first, others: Vec::new() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        match self.others.len() {
            0 => Ok(()),
            others => write!(f, ", and {others} more"),
        }
    }
}
