//! Ports and regions, as a dump names them.

/// Where in a dump something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// Index of the record, counted from 0.
    pub(super) record: u64,
    /// Offset in bytes where it begins.
    pub(super) offset: u64,
}

/// What a port or region is called, and which region it is in; by its code or slug in maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Location {
    pub(super) name: String,
    /// Slug of the region around it; every port has one.
    pub(super) parent: Option<String>,
}
