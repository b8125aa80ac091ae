//! The commands of a path.

use std::fmt::{self, Display, Formatter};

use super::length::Length;

/// What a pen does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Command {
    MoveTo(Length, Length),
    HorizontalTo(Length),
    VerticalTo(Length),
    HorizontalBy(Length),
    VerticalBy(Length),
}

/// As in SVG.
impl Display for Command {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::MoveTo(x, y) => write!(formatter, "M{x} {y}"),
            Self::HorizontalTo(x) => write!(formatter, "H{x}"),
            Self::VerticalTo(y) => write!(formatter, "V{y}"),
            Self::HorizontalBy(distance) => write!(formatter, "h{distance}"),
            Self::VerticalBy(distance) => write!(formatter, "v{distance}"),
        }
    }
}
