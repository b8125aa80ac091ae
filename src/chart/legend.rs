//! The legend: names of the lines, in columns.

use super::Series;
use super::colour::{INK, style};
use super::command::Command::{HorizontalBy, MoveTo};
use super::drawing::{Drawing, Line, Text, WIDTH};

/// Height of a line, in pixels.
const LINE_HEIGHT: i64 = 22;
/// Width of a wide letter, in pixels.
const LETTER_WIDTH: i64 = 7;

pub(super) struct Legend {
    columns: i64,
    lines: i64,
}

impl Legend {
    pub(super) fn of(series: &[Series]) -> Self {
        let longest = series.iter().map(|series| series.name.chars().count()).max().unwrap_or(0) as i64;
        let columns = ((WIDTH - 48) / (longest * LETTER_WIDTH + 56)).clamp(1, 4);
        Self { columns, lines: (series.len() as i64 + columns - 1) / columns }
    }

    pub(super) fn height(&self) -> i64 {
        self.lines * LINE_HEIGHT + 12
    }

    pub(super) fn draw(&self, series: &[Series], drawing: &mut Drawing) {
        for (index, series) in series.iter().enumerate() {
            let (colour, dashed) = style(index);
            let [column, line] = [index as i64 % self.columns, index as i64 / self.columns];
            let x = 24 + column * ((WIDTH - 48) / self.columns);
            let y = 82 + line * LINE_HEIGHT;
            let path = [MoveTo(x.into(), (y - 4).into()), HorizontalBy(24.into())];
            drawing.line(Line { width: 2.5, dashed, ..Line::new(colour, path) });
            drawing.text(Text::new(x + 32, y, INK, &series.name));
        }
    }
}
