//! A chart as SVG.

use maud::{Markup, html};
use tiny_skia::LineCap;

use super::colour::{Colour, INK, LINES, PAPER, RULE, SOFT};
use super::drawing::{Anchor, DASH, Line, Shape, Text, WIDTH, Weight};
use super::layout::layout;
use super::{Chart, description};

/// The chart as the text of an SVG file, in light or dark colours as the reader prefers.
pub fn svg(chart: &Chart) -> String {
    drawn(chart, "", true).into_string()
}

/// The chart as a part of a page, whose style sheet has the dark colours. Its elements have ids that begin with the given
/// text.
pub fn inline(chart: &Chart, id: &str) -> Markup {
    drawn(chart, id, false)
}

fn drawn(chart: &Chart, id: &str, is_whole: bool) -> Markup {
    let drawing = layout(chart);
    let height = drawing.height;
    html! {
        svg class=[(!is_whole).then_some("chart")] xmlns=[is_whole.then_some("http://www.w3.org/2000/svg")] viewBox={"0 0 " (WIDTH) " " (height)} width=(WIDTH) height=(height)
            role="img" aria-labelledby={(id) "title " (id) "description"} font-family="Inter, system-ui, sans-serif" font-size=(Text::SIZE) {
            title id={(id) "title"} { (chart.title) @if !chart.subtitle.is_empty() { ", " (chart.subtitle) } }
            desc id={(id) "description"} { (description(chart)) }
            @if is_whole { style { (dark_style()) } }
            rect class=(PAPER.class) width=(WIDTH) height=(height) fill=(hex(PAPER.light)) {}
            @for shape in &drawing.shapes {
                @match shape {
                    Shape::Line(shape) => (line(shape)),
                    Shape::Text(shape) => (text(shape)),
                }
            }
        }
    }
}

/// The style sheet of the dark colours; light ones are attributes of the elements.
fn dark_style() -> String {
    let rules = |property: &str, colours: &[Colour]| -> String {
        colours.iter().map(|colour| format!(".{}{{{property}:{}}}", colour.class, hex(colour.dark))).collect()
    };
    let (fills, strokes) =
        (rules("fill", &[PAPER, INK, SOFT]), rules("stroke", &[&[RULE], &LINES[..]].concat()));
    format!("@media(prefers-color-scheme:dark){{{fills}{strokes}}}")
}

fn line(line: &Line) -> Markup {
    let path: String = line.path.iter().map(ToString::to_string).collect();
    let (class, stroke) = (line.colour.class, hex(line.colour.light));
    let width = Some(line.width).filter(|width| *width != 1.0);
    let dash = line.dashed.then(|| DASH.map(|length| length.to_string()).join(" "));
    let cap = match line.cap {
        LineCap::Butt => "butt",
        LineCap::Round => "round",
        LineCap::Square => "square",
    };
    html! {
        @if let Some(title) = &line.title {
            path class=(class) d=(path) fill="none" stroke=(stroke) stroke-width=[width] stroke-linecap=(cap)
                stroke-linejoin="miter" stroke-dasharray=[dash] {
                title { (title) }
            }
        } @else {
            path class=(class) d=(path) stroke=(stroke) stroke-width=[width] stroke-dasharray=[dash] {}
        }
    }
}

fn text(text: &Text) -> Markup {
    let anchor = match text.anchor {
        Anchor::Start => None,
        Anchor::Middle => Some("middle"),
        Anchor::End => Some("end"),
    };
    let size = Some(text.size).filter(|size| *size != Text::SIZE);
    let weight = (text.weight == Weight::SemiBold).then_some("600");
    html! {
        text class=(text.colour.class) x=(text.x) y=(text.y) text-anchor=[anchor] font-size=[size]
            font-weight=[weight] fill=(hex(text.colour.light)) { (text.text) }
    }
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
