//! A chart as PNG.

use thiserror::Error;
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Stroke, StrokeDash, Transform};
use ttf_parser::FaceParsingError;

use super::Chart;
use super::colour::{Colour, PAPER};
use super::command::Command;
use super::drawing::{Anchor, DASH, Line, Shape, Text, WIDTH};
use super::font::{FONTS, Font};
use super::layout::layout;

/// Pixels of the image for one of the drawing: sharp on high-resolution screens.
const PIXEL_RATIO: f32 = 2.0;

/// Why a chart could not be drawn.
#[derive(Debug, Error)]
pub enum DrawError {
    /// Its fonts are invalid.
    #[error("the fonts of charts cannot be read: {0}")]
    Font(#[from] FaceParsingError),
    /// There is not enough memory.
    #[error("the chart is too large to be drawn")]
    TooLarge,
    /// It cannot be encoded as PNG.
    #[error("the chart cannot be written as PNG: {0}")]
    Png(String),
}

/// The chart as the bytes of a PNG file, in light colours.
///
/// # Errors
///
/// It could not be drawn.
pub fn png(chart: &Chart) -> Result<Vec<u8>, DrawError> {
    let drawing = layout(chart);
    let mut canvas = Canvas::new(drawing.height)?;
    for shape in &drawing.shapes {
        match shape {
            Shape::Line(shape) => canvas.line(shape),
            Shape::Text(shape) => canvas.text(shape),
        }
    }
    canvas.pixels.encode_png().map_err(|error| DrawError::Png(error.to_string()))
}

struct Canvas {
    pixels: Pixmap,
    fonts: [Font; 2],
}

impl Canvas {
    fn new(height: i64) -> Result<Self, DrawError> {
        let [width, height] = [WIDTH, height].map(|length| (length as f32 * PIXEL_RATIO) as u32);
        let mut pixels = Pixmap::new(width, height).ok_or(DrawError::TooLarge)?;
        let [red, green, blue] = PAPER.light;
        pixels.fill(Color::from_rgba8(red, green, blue, u8::MAX));
        Ok(Self { pixels, fonts: [Font::parse(FONTS[0])?, Font::parse(FONTS[1])?] })
    }

    fn line(&mut self, line: &Line) {
        let dash = StrokeDash::new(DASH.map(f32::from).to_vec(), 0.0).filter(|_| line.dashed);
        let stroke = Stroke { width: line.width, line_cap: line.cap, dash, ..Stroke::default() };
        // Without a price there is no path.
        if let Some(path) = path(&line.path) {
            self.pixels.stroke_path(&path, &paint(line.colour), &stroke, scale(), None);
        }
    }

    fn text(&mut self, text: &Text) {
        let font = &self.fonts[text.weight as usize];
        let (outline, width) = font.outline(&text.text);
        let before = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => width / 2.0,
            Anchor::End => width,
        };
        let size = f32::from(text.size) / font.units();
        // In a font, y grows upwards.
        let place = scale().pre_translate(text.x.pixels(), text.y.pixels()).pre_scale(size, -size);
        // A text of spaces has no outline.
        if let Some(outline) = outline {
            let place = place.pre_translate(-before, 0.0);
            self.pixels.fill_path(&outline, &paint(text.colour), FillRule::Winding, place, None);
        }
    }
}

fn scale() -> Transform {
    Transform::from_scale(PIXEL_RATIO, PIXEL_RATIO)
}

fn paint(colour: Colour) -> Paint<'static> {
    let [red, green, blue] = colour.light;
    let mut paint = Paint::default();
    paint.set_color_rgba8(red, green, blue, u8::MAX);
    paint
}

fn path(commands: &[Command]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let (mut x, mut y) = (0.0, 0.0);
    for command in commands {
        match command {
            Command::MoveTo(to_x, to_y) => (x, y) = (to_x.pixels(), to_y.pixels()),
            Command::HorizontalTo(to) => x = to.pixels(),
            Command::HorizontalBy(distance) => x += distance.pixels(),
            Command::VerticalTo(to) => y = to.pixels(),
            Command::VerticalBy(distance) => y += distance.pixels(),
        }
        match command {
            Command::MoveTo(..) => path.move_to(x, y),
            _ => path.line_to(x, y),
        }
    }
    path.finish()
}
