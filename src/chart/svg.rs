//! A chart as SVG.

use maud::{Markup, html};
use tiny_skia::LineCap;

use super::colour::{Colour, INK, LINES, PAPER, RULE, SOFT};
use super::drawing::{Anchor, DASH, Line, Shape, Text, WIDTH, Weight};
use super::layout::layout;
use super::{Chart, description};

/// The chart as the text of an SVG file, in light or dark colours as the reader prefers.
pub fn svg(chart: &Chart) -> String {
    let drawing = layout(chart);
    let height = drawing.height;
    let markup = html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox={"0 0 " (WIDTH) " " (height)} width=(WIDTH) height=(height)
            role="img" aria-labelledby="title description" font-family="Inter, system-ui, sans-serif" font-size=(Text::SIZE) {
            title id="title" { (chart.title) @if !chart.subtitle.is_empty() { ", " (chart.subtitle) } }
            desc id="description" { (description(chart)) }
            style { (dark_style()) }
            rect class=(PAPER.class) width=(WIDTH) height=(height) fill=(hex(PAPER.light)) {}
            @for shape in &drawing.shapes {
                @match shape {
                    Shape::Line(shape) => (line(shape)),
                    Shape::Text(shape) => (text(shape)),
                }
            }
        }
    };
    markup.into_string()
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
