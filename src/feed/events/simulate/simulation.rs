//! What to simulate.

use chrono::NaiveDate;

use super::share::Share;

/// What to simulate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// Messages in all: malformed ones and duplicates included.
    pub count: u64,
    /// The first UTC day on which messages are received.
    pub first_day: NaiveDate,
    /// Days, at least one.
    pub days: u32,
    /// What events are called, the most frequent first; one at least.
    pub events: Vec<String>,
    /// Kinds of devices, the most frequent first; one at least.
    pub devices: Vec<String>,
    /// Messages that come again, to the byte.
    pub duplicates: Share,
    /// Events that are sent long after they happened.
    pub late: Share,
    /// Messages that are overtaken by others.
    pub out_of_order: Share,
    /// Messages that are no events.
    pub malformed: Share,
    /// Another seed gives other events.
    pub seed: u64,
}
