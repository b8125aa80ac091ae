//! A step line, as a path.

use super::Segment;
use super::command::Command;
use super::length::Length;

/// Draws segments, given the position of each in tenths of a pixel.
///
/// However many prices there are, the path has few points: of those that share a column of half a pixel only the
/// lowest, the highest and the last are drawn.
pub(super) fn path(segments: &[Segment], level_of: impl Fn(&Segment) -> Level) -> Vec<Command> {
    let mut pen = Pen::default();
    for (index, segment) in segments.iter().enumerate() {
        let continues = index.checked_sub(1).is_some_and(|before| segments[before].until == segment.from);
        pen.draw(level_of(segment), continues);
    }
    pen.flush();
    pen.path
}

/// A horizontal part of a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub(super) left: i64,
    pub(super) right: i64,
    pub(super) y: i64,
}

/// Width of a column, in tenths of a pixel.
const COLUMN_WIDTH: i64 = 5;

#[derive(Default)]
struct Pen {
    path: Vec<Command>,
    column: Option<Column>,
}

/// The heights in a column, of which only the first is drawn yet.
#[derive(Clone, Copy)]
struct Column {
    x: i64,
    drawn: i64,
    top: i64,
    bottom: i64,
    last: i64,
}

impl Pen {
    fn draw(&mut self, level: Level, continues: bool) {
        let [left, right] = [level.left, level.right].map(|x| x / COLUMN_WIDTH * COLUMN_WIDTH);
        let y = level.y;
        match &mut self.column {
            Some(column) if continues => {
                column.top = column.top.min(y);
                column.bottom = column.bottom.max(y);
                column.last = y;
            }
            _ => {
                self.flush();
                self.path.push(Command::MoveTo(length(left), length(y)));
                // A dot, in case the line ends here.
                self.path.push(Command::HorizontalBy(length(0)));
                self.column = Some(Column { x: left, drawn: y, top: y, bottom: y, last: y });
            }
        }
        if self.column.is_some_and(|column| right > column.x) {
            self.flush();
            self.path.push(Command::HorizontalTo(length(right)));
            self.column = Some(Column { x: right, drawn: y, top: y, bottom: y, last: y });
        }
    }

    /// Draws the column: up and down as far as prices went, and to the last.
    fn flush(&mut self) {
        let Some(column) = self.column.take() else { return };
        let mut y = column.drawn;
        for next in [column.top, column.bottom, column.last] {
            let beyond = next == column.last
                || next < column.drawn.min(column.last)
                || next > column.drawn.max(column.last);
            if next != y && beyond {
                self.path.push(Command::VerticalTo(length(next)));
                y = next;
            }
        }
    }
}

fn length(tenths: i64) -> Length {
    if tenths % 10 == 0 { Length::Pixels(tenths / 10) } else { Length::Tenths(tenths) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(prices: &[(i64, i64, i64)]) -> String {
        let segments: Vec<Segment> = prices
            .iter()
            .map(|(from, until, micros)| Segment {
                from: chrono::DateTime::from_timestamp(*from, 0).unwrap(),
                until: chrono::DateTime::from_timestamp(*until, 0).unwrap(),
                micros: *micros,
            })
            .collect();
        let path = path(&segments, |segment| Level {
            left: segment.from.timestamp(),
            right: segment.until.timestamp(),
            y: segment.micros,
        });
        path.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn steps_are_level_and_gaps_are_gaps() {
        assert_eq!(drawn(&[(0, 100, 50), (100, 200, 70), (300, 400, 70)]), "M0 5h0H10V7H20M30 7h0H40");
    }

    #[test]
    fn a_column_shows_only_how_far_its_prices_went() {
        let crowd: Vec<_> =
            (100..105).zip([10, 90, 30, 5, 50]).map(|(at, micros)| (at, at + 1, micros)).collect();
        let all = [&[(0, 100, 20)], crowd.as_slice(), &[(105, 200, 40)]].concat();
        assert_eq!(drawn(&all), "M0 2h0H10V0.5V9V5H10.5V4H20");
    }

    #[test]
    fn a_price_of_a_moment_is_a_dot() {
        assert_eq!(drawn(&[(100, 101, 20)]), "M10 2h0");
    }
}
