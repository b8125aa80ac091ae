//! What happened to the records of a dump.

use std::ops::AddAssign;

/// Rows that a withdrawal removed and restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WithdrawnRows {
    /// Rows of the dump that were removed.
    pub removed: i64,
    /// Rows that are there again, since other dumps have claims on the same keys.
    pub restored: i64,
    /// Deferred claims of the dump, which had lost to other dumps, that were removed.
    pub deferred: i64,
}

/// How many records of a dump had which effect. All but `removed` add up to the records of the dump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows added.
    pub new: i64,
    /// Records equal to what was stored already.
    pub repeated: i64,
    /// Records that give a row another value than another dump does.
    pub disagreeing: i64,
    /// Records of the dump's own period that a newer revision had already replaced.
    pub outdated: i64,
    /// Records that were rejected alone. The engine counts them.
    pub rejected: i64,
    /// Rows of the replaced revision that were removed, less those that claims of other dumps keep.
    pub removed: i64,
}

impl Counts {
    /// The records of the dump.
    pub fn records(&self) -> i64 {
        self.new + self.repeated + self.disagreeing + self.outdated + self.rejected
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.repeated += other.repeated;
        self.disagreeing += other.disagreeing;
        self.outdated += other.outdated;
        self.rejected += other.rejected;
        self.removed += other.removed;
    }
}
