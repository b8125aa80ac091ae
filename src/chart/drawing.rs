//! What a chart is drawn of: lines and texts, at their positions.

use tiny_skia::LineCap;

use super::colour::Colour;
use super::command::Command;
use super::length::Length;

/// The width of every drawing, in pixels.
pub(super) const WIDTH: i64 = 960;

/// The dashes of lines: pixels on and off.
pub(super) const DASH: [u8; 2] = [7, 4];

pub(super) struct Drawing {
    /// In pixels.
    pub(super) height: i64,
    /// From the lowest to the highest; all are above the paper.
    pub(super) shapes: Vec<Shape>,
}

impl Drawing {
    pub(super) fn line(&mut self, line: Line) {
        self.shapes.push(Shape::Line(line));
    }

    pub(super) fn text(&mut self, text: Text) {
        self.shapes.push(Shape::Text(text));
    }
}

pub(super) enum Shape {
    Line(Line),
    Text(Text),
}

pub(super) struct Line {
    pub(super) path: Vec<Command>,
    pub(super) colour: Colour,
    /// In pixels.
    pub(super) width: f32,
    pub(super) cap: LineCap,
    pub(super) dashed: bool,
    /// The name of the series that it shows. Other lines are straight.
    pub(super) title: Option<String>,
}

impl Line {
    /// A thin one.
    pub(super) fn new(colour: Colour, path: impl Into<Vec<Command>>) -> Self {
        Self { path: path.into(), colour, width: 1.0, cap: LineCap::Butt, dashed: false, title: None }
    }
}

pub(super) struct Text {
    pub(super) x: Length,
    /// The baseline.
    pub(super) y: Length,
    pub(super) anchor: Anchor,
    /// In pixels.
    pub(super) size: u8,
    pub(super) weight: Weight,
    pub(super) colour: Colour,
    pub(super) text: String,
}

/// Which part of a text is at its x.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// In the order of the fonts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    SemiBold,
}

impl Text {
    /// The size of text that has no other.
    pub(super) const SIZE: u8 = 12;

    pub(super) fn new(
        x: impl Into<Length>,
        y: impl Into<Length>,
        colour: Colour,
        text: impl Into<String>,
    ) -> Self {
        Self {
            x: x.into(),
            y: y.into(),
            anchor: Anchor::Start,
            size: Self::SIZE,
            weight: Weight::Regular,
            colour,
            text: text.into(),
        }
    }
}
