//! Whether the days of a batch have rows, and how many come or go.

use std::collections::HashMap;

use super::dumps::MarketDay;

/// The days that a batch has to do with: one without rows needs no look-up before its own are written.
#[derive(Default)]
pub(in crate::feed::spot) struct DayRows {
    days: HashMap<MarketDay, Rows, foldhash::fast::RandomState>,
}

/// The rows of a day.
#[derive(Clone, Copy, Default)]
struct Rows {
    /// Whether any are stored.
    stored: bool,
    /// Rows added, less those removed.
    added: i64,
    /// Whether any row was added, removed or changed.
    changed: bool,
}

impl DayRows {
    pub(in crate::feed::spot) fn is_known(&self, day: MarketDay) -> bool {
        self.days.contains_key(&day)
    }

    /// Notes whether a day has rows in the database.
    pub(in crate::feed::spot) fn learn(&mut self, day: MarketDay, stored: bool) {
        self.days.insert(day, Rows { stored, ..Rows::default() });
    }

    /// Whether no row of the day can be stored.
    pub(in crate::feed::spot) fn is_empty(&self, day: MarketDay) -> bool {
        self.days.get(&day).is_some_and(|rows| !rows.stored)
    }

    /// Notes a change of a day; none was added if only prices changed.
    pub(super) fn change(&mut self, day: MarketDay, added: i64) {
        let rows = self.days.entry(day).or_default();
        rows.added += added;
        rows.changed = true;
    }

    /// Notes rows removed from a day, which may have others.
    pub(in crate::feed::spot) fn note_removed(&mut self, day: MarketDay, removed: i64) {
        self.change(day, -removed);
        self.days.entry(day).or_default().stored = true;
    }

    /// Days whose rows are not what they were.
    pub(in crate::feed::spot) fn changed(&self) -> impl Iterator<Item = MarketDay> {
        self.days.iter().filter(|(_, rows)| rows.changed).map(|(day, _)| *day)
    }

    /// Notes that all rows added so far are stored.
    pub(in crate::feed::spot) fn mark_stored(&mut self) {
        for rows in self.days.values_mut() {
            rows.stored |= rows.added > 0;
        }
    }

    /// How many rows came or went, where that is not none.
    pub(in crate::feed::spot) fn added(&self) -> impl Iterator<Item = (MarketDay, i64)> {
        self.days.iter().filter(|(_, rows)| rows.added != 0).map(|(day, rows)| (*day, rows.added))
    }
}
