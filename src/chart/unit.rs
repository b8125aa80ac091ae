//! What the values of a chart are.

/// Digits after the point of a dollar.
pub(super) const DECIMALS: u32 = 6;

/// Millionths of one.
const MILLION: i64 = 1_000_000;

/// The unit of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Prices in US dollars an hour.
    DollarsAnHour,
    /// Numbers of events a day.
    EventsADay,
}

impl Unit {
    /// What the description begins with.
    pub(super) fn subject(self) -> &'static str {
        match self {
            Self::DollarsAnHour => "Price in US dollars an hour",
            Self::EventsADay => "Events a day",
        }
    }

    /// The note below the chart.
    pub(super) fn note(self) -> &'static str {
        match self {
            Self::DollarsAnHour => "US dollars an hour · times in UTC · gaps: not known",
            Self::EventsADay => "events a day · days in UTC · gaps: not known",
        }
    }

    /// Instead of lines, if there are none.
    pub(super) fn nothing(self) -> &'static str {
        match self {
            Self::DollarsAnHour => "No price is known in this time",
            Self::EventsADay => "No event is known in this time",
        }
    }

    /// A value as text.
    pub(super) fn value(self, micros: i64) -> String {
        match self {
            Self::DollarsAnHour => dollars(micros),
            Self::EventsADay => (micros / MILLION).to_string(),
        }
    }

    /// The smallest distance of two lines across.
    pub(super) fn smallest_step(self) -> i64 {
        match self {
            Self::DollarsAnHour => 1,
            Self::EventsADay => MILLION,
        }
    }

    /// Whether the axis begins at zero in any case.
    pub(super) fn is_from_zero(self) -> bool {
        self == Self::EventsADay
    }
}

/// The price with all six decimals.
pub(super) fn dollars(micros: i64) -> String {
    let unit = 10_i64.pow(DECIMALS);
    format!("{}.{:06}", micros / unit, micros % unit)
}
