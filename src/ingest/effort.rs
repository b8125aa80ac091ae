//! How a run imports.

/// How a run imports.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Dumps to fetch and decode at once.
    pub jobs: usize,
    /// When dumps land month by month.
    pub bulk: Bulk,
}

/// When dumps land month by month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bulk {
    /// Where it is worth it: for months of which much is to be imported.
    Auto,
    /// Wherever it is possible.
    Always,
    /// Never.
    Never,
}
