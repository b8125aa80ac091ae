//! Compressed bodies: what they are compressed with, and how that is undone while they are read.

mod decompressed;
mod error;
mod expansion;
mod format;
mod gzip;
mod input;
mod layers;
mod zstd;

pub(super) use decompressed::Decompressed;
pub(super) use format::strip_suffix;
pub(super) use layers::Layers;
