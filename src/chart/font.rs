//! The font of charts and pages.

use tiny_skia::{Path, PathBuilder};
use ttf_parser::gpos::{PairAdjustment, PositioningSubtable};
use ttf_parser::{Face, FaceParsingError, GlyphId, OutlineBuilder};

/// Fonts for machines without any, such as the container image: Inter, with its Latin letters only
/// (`pyftsubset --unicodes=U+0020-007E,U+00A0-00FF,U+2010-2015,U+2018-201D,U+2022,U+2026,U+2192,U+2212,U+FFFD
/// --layout-features=kern,mark,mkmk,ccmp --no-hinting`). Regular and semi-bold.
pub const FONTS: [&[u8]; 2] =
    [include_bytes!("font/Inter-Regular.otf"), include_bytes!("font/Inter-SemiBold.otf")];

pub(super) struct Font(Face<'static>);

impl Font {
    pub(super) fn parse(bytes: &'static [u8]) -> Result<Self, FaceParsingError> {
        Face::parse(bytes, 0).map(Self)
    }

    /// The units of a font in the size of its text.
    pub(super) fn units(&self) -> f32 {
        self.0.units_per_em().into()
    }

    /// The outline of a text, if it is visible, and its width; in units of the font.
    pub(super) fn outline(&self, text: &str) -> (Option<Path>, f32) {
        let mut pen = Pen { path: PathBuilder::new(), x: 0.0 };
        let mut last = None;
        for glyph in text.chars().map(|letter| self.glyph(letter)) {
            pen.x += last.replace(glyph).map_or(0.0, |last| self.kerning(last, glyph));
            self.0.outline_glyph(glyph, &mut pen);
            pen.x += f32::from(self.0.glyph_hor_advance(glyph).unwrap_or(0));
        }
        (pen.path.finish(), pen.x)
    }

    /// The fonts lack U+FFFD, and their glyph for letters that they lack is blank.
    fn glyph(&self, letter: char) -> GlyphId {
        self.0.glyph_index(letter).or_else(|| self.0.glyph_index('?')).unwrap_or_default()
    }

    /// How much farther apart two glyphs are. The fonts adjust pairs for nothing else.
    fn kerning(&self, first: GlyphId, second: GlyphId) -> f32 {
        let lookups = self.0.tables().gpos.into_iter().flat_map(|table| table.lookups);
        let mut subtables =
            lookups.flat_map(|lookup| lookup.subtables.into_iter::<PositioningSubtable<'_>>());
        let found = subtables.find_map(|subtable| {
            let PositioningSubtable::Pair(pairs) = subtable else { return None };
            let index = pairs.coverage().get(first)?;
            match pairs {
                PairAdjustment::Format1 { sets, .. } => sets.get(index)?.get(second),
                PairAdjustment::Format2 { classes, matrix, .. } => {
                    matrix.get((classes.0.get(first), classes.1.get(second)))
                }
            }
        });
        found.map_or(0.0, |(first, _)| f32::from(first.x_advance))
    }
}

/// Draws glyphs one after the other.
struct Pen {
    path: PathBuilder,
    x: f32,
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(self.x + x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(self.x + x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.path.quad_to(self.x + x1, y1, self.x + x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.path.cubic_to(self.x + x1, y1, self.x + x2, y2, self.x + x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
