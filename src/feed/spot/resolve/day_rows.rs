//! Whether the days of a batch have rows, and how many are added or removed.

use std::collections::HashMap;

use super::dumps::MarketDay;

/// The days that a batch touches: one without rows needs no look-up before its own are written.
#[derive(Default)]
pub(in crate::feed::spot) struct DayRows {
    days: HashMap<MarketDay, RowState, foldhash::fast::RandomState>,
}

#[derive(Clone, Copy, Default)]
struct RowState {
    /// Whether any are stored.
    stored: bool,
    /// Rows added, less those removed.
    added: i64,
    /// Whether any row was added, removed or changed.
    changed: bool,
}

impl DayRows {
    pub(in crate::feed::spot) fn is_loaded(&self, day: MarketDay) -> bool {
        self.days.contains_key(&day)
    }

    /// Sets whether a day has rows in the database.
    pub(in crate::feed::spot) fn set_stored(&mut self, day: MarketDay, stored: bool) {
        self.days.insert(day, RowState { stored, ..RowState::default() });
    }

    /// Whether no row of the day can be stored.
    pub(in crate::feed::spot) fn is_empty(&self, day: MarketDay) -> bool {
        self.days.get(&day).is_some_and(|rows| !rows.stored)
    }

    /// Records a change of a day; `added` is 0 if only prices changed.
    pub(super) fn change(&mut self, day: MarketDay, added: i64) {
        let rows = self.days.entry(day).or_default();
        rows.added += added;
        rows.changed = true;
    }

    /// Records rows removed from a day, which may have others.
    pub(in crate::feed::spot) fn note_removed(&mut self, day: MarketDay, removed: i64) {
        self.change(day, -removed);
        self.days.entry(day).or_default().stored = true;
    }

    /// Marks all rows added so far as stored.
    pub(in crate::feed::spot) fn mark_stored(&mut self) {
        for rows in self.days.values_mut() {
            rows.stored |= rows.added > 0;
        }
    }

    /// Rows added less rows removed, for days where any was added, removed or changed.
    pub(in crate::feed::spot) fn changes(&self) -> impl Iterator<Item = (MarketDay, i64)> + Clone {
        self.days.iter().filter(|(_, rows)| rows.changed).map(|(day, rows)| (*day, rows.added))
    }
}
