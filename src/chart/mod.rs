//! Step charts of prices, as SVG and as PNG.
//!
//! It knows nothing of pools or dumps: whoever draws hands over names, and what held when. Where nothing is
//! said to hold there is a gap, never a line.

mod description;
mod names;
mod path;
mod png;
mod prices;
mod svg;
#[cfg(test)]
mod tests;
mod times;

use chrono::{DateTime, Utc};

pub use description::description;
pub use names::names;
pub use png::{DrawError, FONTS, png};
pub use svg::{COLOURS, svg};

/// The most series a chart shows: each has a colour and a dash of its own.
pub const MOST_SERIES: usize = 12;

/// What a chart shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What it is about, in a few words.
    pub title: String,
    /// What all series have in common; may be empty.
    pub subtitle: String,
    /// Left end.
    pub from: DateTime<Utc>,
    /// Right end.
    pub to: DateTime<Utc>,
    /// The lines, at most [`MOST_SERIES`]: more would share their looks.
    pub series: Vec<Series>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// What sets it apart from the others.
    pub name: String,
    /// What held when, in order and without overlap. Between them nothing is known.
    pub segments: Vec<Segment>,
}

/// A price that held for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when, not included.
    pub until: DateTime<Utc>,
    /// Millionths of a US dollar an hour.
    pub micros: i64,
}

impl Chart {
    /// The lowest and the highest price, if there is any.
    fn extremes(&self) -> Option<(i64, i64)> {
        let micros = || self.series.iter().flat_map(|series| &series.segments).map(|held| held.micros);
        Some((micros().min()?, micros().max()?))
    }
}
