//! Where everything in a chart is.

use chrono::{DateTime, Utc};
use tiny_skia::LineCap;

use super::colour::{INK, MARK, RULE, SOFT, style};
use super::command::Command::{HorizontalTo, MoveTo, VerticalBy};
use super::drawing::{Anchor, Drawing, Line, Text, WIDTH, Weight};
use super::legend::Legend;
use super::length::Length::Tenths;
use super::path::{Level, path};
use super::prices::PriceAxis;
use super::times::{self, Tick};
use super::{Chart, Series};

/// Height and edges, in pixels.
const PLOT_HEIGHT: i64 = 320;
const LEFT: i64 = 76;
const RIGHT: i64 = WIDTH - 24;

pub(super) fn layout(chart: &Chart) -> Drawing {
    let legend = Legend::of(&chart.series);
    let top = 72 + legend.height();
    let height = top + PLOT_HEIGHT + 60;
    let mut drawing = Drawing { height, shapes: Vec::new() };
    drawing.text(Text { size: 18, weight: Weight::SemiBold, ..Text::new(24, 34, INK, &chart.title) });
    drawing.text(Text { size: 13, ..Text::new(24, 55, SOFT, &chart.subtitle) });
    legend.draw(&chart.series, &mut drawing);
    if let Some((low, high)) = chart.extremes() {
        let prices = PriceAxis::around(low, high, chart.unit);
        across(prices, top, &mut drawing);
        below(chart, top, &mut drawing);
        for (index, series) in chart.series.iter().enumerate() {
            drawing.line(line(chart, series, index, prices, top));
        }
    } else {
        let middle = (WIDTH / 2, top + PLOT_HEIGHT / 2);
        let text = Text::new(middle.0, middle.1, SOFT, chart.unit.nothing());
        drawing.text(Text { anchor: Anchor::Middle, size: 14, ..text });
    }
    let text = Text::new(RIGHT, height - 14, SOFT, chart.unit.note());
    drawing.text(Text { anchor: Anchor::End, size: 11, ..text });
    drawing
}

/// Lines across, with their prices.
fn across(prices: PriceAxis, top: i64, drawing: &mut Drawing) {
    for (micros, label) in prices.ticks() {
        let y = top * 10 + y_of(prices, micros);
        let path = [MoveTo(LEFT.into(), Tenths(y)), HorizontalTo(RIGHT.into())];
        drawing.line(Line::new(RULE, path));
        drawing.text(Text { anchor: Anchor::End, ..Text::new(LEFT - 10, Tenths(y + 40), SOFT, label) });
    }
}

/// Dates below.
fn below(chart: &Chart, top: i64, drawing: &mut Drawing) {
    let bottom = top + PLOT_HEIGHT;
    for Tick { at, label, year } in times::ticks(chart.from, chart.to) {
        let x = Tenths(x_of(chart, at));
        drawing.line(Line::new(MARK, [MoveTo(x, bottom.into()), VerticalBy(5.into())]));
        drawing.text(Text { anchor: Anchor::Middle, ..Text::new(x, bottom + 20, SOFT, label) });
        if let Some(year) = year {
            let text = Text::new(x, bottom + 36, SOFT, year.to_string());
            drawing.text(Text { anchor: Anchor::Middle, size: 11, ..text });
        }
    }
}

fn line(chart: &Chart, series: &Series, index: usize, prices: PriceAxis, top: i64) -> Line {
    let path = path(&series.segments, |segment| Level {
        left: x_of(chart, segment.from),
        right: x_of(chart, segment.until),
        y: top * 10 + y_of(prices, segment.micros),
    });
    let (colour, dashed) = style(index);
    // A price of a moment has no length: only square ends show it.
    let cap = if dashed { LineCap::Butt } else { LineCap::Square };
    Line { width: 1.75, cap, dashed, title: Some(series.name.clone()), ..Line::new(colour, path) }
}

/// Position of an instant, in tenths of a pixel from the left.
fn x_of(chart: &Chart, at: DateTime<Utc>) -> i64 {
    let seconds = (chart.to - chart.from).num_seconds().max(1);
    let since = (at.clamp(chart.from, chart.to) - chart.from).num_seconds();
    LEFT * 10 + (RIGHT - LEFT) * 10 * since / seconds
}

/// Position of a price, in tenths of a pixel from the top.
fn y_of(prices: PriceAxis, micros: i64) -> i64 {
    let offset = i128::from(prices.high - micros) * i128::from(PLOT_HEIGHT * 10)
        / i128::from(prices.high - prices.low);
    // At most the height of the chart.
    i64::try_from(offset).unwrap_or(0)
}
