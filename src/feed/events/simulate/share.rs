//! A ratio of messages.

use std::str::FromStr;

use crate::feed::draws::Draws;

/// A million is all of them.
const ALL: u32 = 1_000_000;

/// A ratio from 0 to 1, with six digits after the point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share(u32);

impl Share {
    /// Whether the next one belongs to it.
    pub(super) fn includes_next(self, draws: &mut Draws) -> bool {
        draws.below(ALL) < self.0
    }
}

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .ok()
            .filter(|share| (0.0..=1.0).contains(share))
            .map(|share: f64| Self((share * f64::from(ALL)).round() as u32))
            .ok_or("write a number from 0 to 1")
    }
}
