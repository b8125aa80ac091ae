//! Ports and regions, as a dump names them.

/// A position in a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// Index of the record, counted from 0.
    pub(super) record: u64,
    /// Offset in bytes where it begins.
    pub(super) offset: u64,
}

/// Name and region of a port or region, whose code or slug is the key of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) name: String,
    /// Slug of the region around it; every port has one.
    pub(super) parent: Option<String>,
}
