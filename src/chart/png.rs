//! A chart as PNG.

use std::sync::{Arc, LazyLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use thiserror::Error;

use super::{Chart, svg};

/// Pixels of the image for one of the drawing: sharp on high-resolution screens.
const PIXEL_RATIO: f32 = 2.0;

/// Fonts for machines without any, such as the container image: Inter, with its Latin letters only
/// (`pyftsubset --unicodes=U+0020-007E,U+00A0-00FF,U+2010-2015,U+2018-201D,U+2022,U+2026,U+2192,U+2212,U+FFFD
/// --layout-features=kern,mark,mkmk,ccmp --no-hinting`). Regular and semi-bold.
pub const FONTS: [&[u8]; 2] =
    [include_bytes!("font/Inter-Regular.otf"), include_bytes!("font/Inter-SemiBold.otf")];

/// Why a chart could not be drawn.
#[derive(Debug, Error)]
pub enum DrawError {
    /// Its SVG is invalid.
    #[error("the chart cannot be drawn: {0}")]
    Svg(#[from] resvg::usvg::Error),
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
    static DATABASE: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
        let mut database = fontdb::Database::new();
        for font in FONTS {
            database.load_font_data(font.to_vec());
        }
        Arc::new(database)
    });
    let options = Options { font_family: "Inter".to_owned(), fontdb: DATABASE.clone(), ..Options::default() };
    let tree = Tree::from_str(&svg(chart), &options)?;
    let size = tree.size().to_int_size().scale_by(PIXEL_RATIO).ok_or(DrawError::TooLarge)?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or(DrawError::TooLarge)?;
    resvg::render(&tree, Transform::from_scale(PIXEL_RATIO, PIXEL_RATIO), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| DrawError::Png(error.to_string()))
}
