//! Lengths and positions.

use std::fmt::{self, Display, Formatter};

/// In pixels of the drawing, and written as precisely as it was computed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Length {
    Pixels(i64),
    Tenths(i64),
}

impl Length {
    pub(super) fn pixels(self) -> f32 {
        match self {
            Self::Pixels(pixels) => pixels as f32,
            Self::Tenths(tenths) => tenths as f32 / 10.0,
        }
    }
}

impl From<i64> for Length {
    fn from(pixels: i64) -> Self {
        Self::Pixels(pixels)
    }
}

impl Display for Length {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pixels(pixels) => write!(formatter, "{pixels}"),
            Self::Tenths(tenths) => write!(formatter, "{}.{}", tenths / 10, tenths % 10),
        }
    }
}
