/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// What the documents say.
    Full,
    /// Enough to show that everything works.
    Small,
}

impl Scale {
    /// So many at full scale, a twentieth of them at the small one.
    pub(crate) fn of(self, count: usize) -> usize {
        match self {
            Self::Full => count,
            Self::Small => count.div_ceil(20),
        }
    }

    pub(crate) fn rounds(self, rounds: usize) -> usize {
        match self {
            Self::Full => rounds,
            Self::Small => rounds.min(2),
        }
    }
}
