//! Step charts of prices and counts, as SVG and as PNG.
//!
//! It is independent of pools and dumps: a chart has names, and segments of time with a value. Between segments
//! there is a gap, never a line.

mod colour;
mod command;
mod description;
mod drawing;
mod font;
mod layout;
mod legend;
mod length;
mod names;
mod path;
mod png;
mod prices;
mod svg;
#[cfg(test)]
mod tests;
mod times;
mod unit;

use chrono::{DateTime, Utc};

pub use colour::COLOURS;
pub use description::description;
pub use font::FONTS;
pub use names::names;
pub use png::{DrawError, png};
pub use svg::{inline, svg};
pub use unit::Unit;

/// Series of a chart: each has its own colour and dash.
pub const MAX_SERIES: usize = 12;

/// The data of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// A short title.
    pub title: String,
    /// What all series have in common; may be empty.
    pub subtitle: String,
    /// What it shows.
    pub unit: Unit,
    /// The left end.
    pub from: DateTime<Utc>,
    /// The right end.
    pub to: DateTime<Utc>,
    /// The lines, at most [`MAX_SERIES`]: more would look the same.
    pub series: Vec<Series>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Distinguishes it from the others.
    pub name: String,
    /// In order and without overlap. Between them, the value is unknown.
    pub segments: Vec<Segment>,
}

/// A value that was valid for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Inclusive.
    pub from: DateTime<Utc>,
    /// Exclusive.
    pub until: DateTime<Utc>,
    /// Millionths of the unit.
    pub micros: i64,
}

impl Chart {
    /// The lowest and the highest value, if there is any.
    fn extremes(&self) -> Option<(i64, i64)> {
        let micros = || self.series.iter().flat_map(|series| &series.segments).map(|segment| segment.micros);
        Some((micros().min()?, micros().max()?))
    }
}
