//! A chart as SVG.

use maud::{Markup, html};

use super::path::{Level, path};
use super::prices::PriceAxis;
use super::times::{self, Tick};
use super::{Chart, Series, description};

/// Size and edges, in pixels.
const WIDTH: i64 = 960;
const PLOT_HEIGHT: i64 = 320;
const LEFT: i64 = 76;
const RIGHT: i64 = WIDTH - 24;
/// Height of a line of the legend, in pixels.
const LINE_HEIGHT: i64 = 22;
/// Width of a wide letter of the legend, in pixels.
const LETTER_WIDTH: i64 = 7;

/// Colours that lines have; a second round is dashed.
pub const COLOURS: usize = 6;

/// On white and on black, chosen to be distinguishable with colour blindness.
const LINE_COLOURS: [(&str, &str); COLOURS] = [
    ("#0b6bcb", "#6cb2ff"),
    ("#c2410c", "#ff9a5c"),
    ("#15803d", "#4ade80"),
    ("#a21caf", "#ee8cf8"),
    ("#0e7490", "#2dd4ee"),
    ("#854d0e", "#f5cf3d"),
];
const DASH: &str = "7 4";

/// The chart as the text of an SVG file, in light or dark colours as the reader prefers.
pub fn svg(chart: &Chart) -> String {
    let legend = Legend::of(&chart.series);
    let top = 72 + legend.height();
    let bottom = top + PLOT_HEIGHT;
    let height = bottom + 60;
    let prices = chart.extremes().map(|(low, high)| PriceAxis::around(low, high));
    let markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={"0 0 " (WIDTH) " " (height)} width=(WIDTH) height=(height)
            role="img" aria-labelledby="title description" font-family="Inter, system-ui, sans-serif" font-size="12" {
            title id="title" { (chart.title) @if !chart.subtitle.is_empty() { ", " (chart.subtitle) } }
            desc id="description" { (description(chart)) }
            style { (dark_style()) }
            rect class="paper" width=(WIDTH) height=(height) fill="#ffffff" {}
            text class="ink" x="24" y="34" font-size="18" font-weight="600" fill="#16191d" { (chart.title) }
            text class="soft" x="24" y="55" font-size="13" fill="#59626c" { (chart.subtitle) }
            (legend.draw(&chart.series))
            @if let Some(prices) = prices {
                (across(prices, top))
                (below(chart, top))
                @for (index, series) in chart.series.iter().enumerate() {
                    (line(chart, series, LineStyle::of(index), prices, top))
                }
            } @else {
                text class="soft" x=(WIDTH / 2) y=(top + PLOT_HEIGHT / 2) text-anchor="middle" font-size="14" fill="#59626c" {
                    "No price is known in this time"
                }
            }
            text class="soft" x=(RIGHT) y=(height - 14) text-anchor="end" font-size="11" fill="#59626c" {
                "US dollars an hour · times in UTC · gaps: not known"
            }
        }
    };
    markup.into_string()
}

#[derive(Clone, Copy)]
struct LineStyle {
    class: usize,
    colour: &'static str,
    dash: Option<&'static str>,
}

impl LineStyle {
    fn of(index: usize) -> Self {
        let class = index % COLOURS;
        Self { class, colour: LINE_COLOURS[class].0, dash: (index / COLOURS % 2 == 1).then_some(DASH) }
    }
}

/// The style sheet of the dark colours; light ones are attributes of the elements.
fn dark_style() -> String {
    let lines: String = LINE_COLOURS
        .iter()
        .enumerate()
        .map(|(index, (_, dark))| format!(".line{index}{{stroke:{dark}}}"))
        .collect();
    format!(
        "@media(prefers-color-scheme:dark){{.paper{{fill:#14171a}}.ink{{fill:#eceff2}}.soft{{fill:#a3adb8}}.rule{{stroke:#2c333a}}{lines}}}"
    )
}

/// Names of the lines, in columns.
struct Legend {
    columns: i64,
    lines: i64,
}

impl Legend {
    fn of(series: &[Series]) -> Self {
        let longest = series.iter().map(|series| series.name.chars().count()).max().unwrap_or(0) as i64;
        let columns = ((WIDTH - 48) / (longest * LETTER_WIDTH + 56)).clamp(1, 4);
        Self { columns, lines: (series.len() as i64 + columns - 1) / columns }
    }

    fn height(&self) -> i64 {
        self.lines * LINE_HEIGHT + 12
    }

    fn draw(&self, series: &[Series]) -> Markup {
        let positions = (0..).map(|index: i64| {
            (
                24 + index % self.columns * ((WIDTH - 48) / self.columns),
                82 + index / self.columns * LINE_HEIGHT,
            )
        });
        html! {
            @for ((index, series), (x, y)) in series.iter().enumerate().zip(positions) {
                @let LineStyle { class, colour, dash } = LineStyle::of(index);
                path class={"line" (class)} d={"M" (x) " " (y - 4) "h24"} stroke=(colour) stroke-width="2.5" stroke-dasharray=[dash] {}
                text class="ink" x=(x + 32) y=(y) fill="#16191d" { (series.name) }
            }
        }
    }
}

/// Lines across, with their prices.
fn across(prices: PriceAxis, top: i64) -> Markup {
    html! {
        @for (micros, label) in prices.ticks() {
            @let y = top * 10 + y_of(prices, micros);
            path class="rule" d={"M" (LEFT) " " (tenths(y)) "H" (RIGHT)} stroke="#e3e7eb" {}
            text class="soft" x=(LEFT - 10) y=(tenths(y + 40)) text-anchor="end" fill="#59626c" { (label) }
        }
    }
}

/// Dates below.
fn below(chart: &Chart, top: i64) -> Markup {
    let bottom = top + PLOT_HEIGHT;
    html! {
        @for Tick { at, label, year } in times::ticks(chart.from, chart.to) {
            @let x = tenths(x_of(chart, at));
            path class="rule" d={"M" (x) " " (bottom) "v5"} stroke="#c3cad1" {}
            text class="soft" x=(x) y=(bottom + 20) text-anchor="middle" fill="#59626c" { (label) }
            @if let Some(year) = year {
                text class="soft" x=(x) y=(bottom + 36) text-anchor="middle" font-size="11" fill="#59626c" { (year) }
            }
        }
    }
}

fn line(chart: &Chart, series: &Series, style: LineStyle, prices: PriceAxis, top: i64) -> Markup {
    let path = path(&series.segments, |segment| Level {
        left: x_of(chart, segment.from),
        right: x_of(chart, segment.until),
        y: top * 10 + y_of(prices, segment.micros),
    });
    html! {
        path class={"line" (style.class)} d=(path) fill="none" stroke=(style.colour) stroke-width="1.75"
            stroke-linecap=(if style.dash.is_some() { "butt" } else { "square" }) stroke-linejoin="miter" stroke-dasharray=[style.dash] {
            title { (series.name) }
        }
    }
}

/// Position of an instant, in tenths of a pixel from the left.
fn x_of(chart: &Chart, at: chrono::DateTime<chrono::Utc>) -> i64 {
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

fn tenths(number: i64) -> String {
    format!("{}.{}", number / 10, number % 10)
}
