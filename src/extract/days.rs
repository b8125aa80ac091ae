//! Which days have to be extracted.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::{PgConnection, QueryResult};

use crate::feed::events::extract::stored_days;
use crate::ledger::{PartState, part_states};

/// The feed that is extracted.
pub(super) const FEED: &str = "events";

/// Which days are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selection {
    /// Only this day and later ones.
    pub from: Option<NaiveDate>,
    /// Only this day and earlier ones.
    pub to: Option<NaiveDate>,
    /// Those that have not changed, too.
    pub full: bool,
}

/// A day that has to be extracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaleDay {
    /// The day.
    pub day: NaiveDate,
    /// Whether the destination has a file of it.
    pub is_extracted: bool,
    /// How often its rows have changed.
    pub(super) changes: i64,
    /// How many they are.
    pub(super) rows: i64,
}

/// The days that have to be extracted, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaleDays {
    /// These.
    pub days: Vec<StaleDay>,
    /// How many others are selected.
    pub unchanged: usize,
}

impl Selection {
    fn contains(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// Finds the days that have changed since they were extracted to a destination.
///
/// A day whose partition was dropped is left out: its file stays as it is.
pub fn stale_days(
    connection: &mut PgConnection,
    destination: &str,
    selection: Selection,
) -> QueryResult<StaleDays> {
    let stored: HashSet<NaiveDate> = stored_days(connection)?.into_iter().collect();
    let mut stale = StaleDays::default();
    for PartState { part, changes, rows, extracted } in part_states(connection, FEED, destination)? {
        let day: NaiveDate =
            part.parse().map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))?;
        if !selection.contains(day) {
            continue;
        }
        if stored.contains(&day) && (selection.full || extracted != Some(changes)) {
            stale.days.push(StaleDay { day, is_extracted: extracted.is_some(), changes, rows });
        } else {
            stale.unchanged += 1;
        }
    }
    Ok(stale)
}
