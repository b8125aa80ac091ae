//! Partitions, one a day.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, NaiveDate};
use diesel::sql_types::Date;
use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_query};

use crate::feed::events::key;
use crate::ledger;

/// The days whose partitions are known to be there.
#[derive(Default)]
pub(in crate::feed::events) struct Days {
    known: HashSet<NaiveDate>,
}

impl Days {
    /// Makes the partitions of these instants' days where they are missing. Instants are in microseconds since 1970.
    pub(in crate::feed::events) fn ensure(
        &mut self,
        connection: &mut PgConnection,
        instants: impl IntoIterator<Item = i64>,
    ) -> QueryResult<()> {
        for at in instants {
            let day = day_of(at);
            if self.known.insert(day) {
                sql_query("SELECT events_ensure_day($1)").bind::<Date, _>(day).execute(connection)?;
            }
        }
        Ok(())
    }
}

/// The UTC day of an instant in microseconds since 1970.
pub(in crate::feed::events) fn day_of(at: i64) -> NaiveDate {
    DateTime::from_timestamp_micros(at).unwrap_or_default().date_naive()
}

/// Rows of days that changed: those added less those removed, by their day of receipt.
#[derive(Default)]
pub(in crate::feed::events) struct DayChanges(BTreeMap<NaiveDate, i64>);

impl DayChanges {
    pub(in crate::feed::events) fn add(&mut self, day: NaiveDate, rows: i64) {
        *self.0.entry(day).or_default() += rows;
    }

    pub(in crate::feed::events) fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(day, rows)| self.add(*day, *rows));
    }

    /// Counts the changes in the ledger.
    pub(in crate::feed::events) fn count(&self, connection: &mut PgConnection) -> QueryResult<()> {
        let parts = self.0.iter().map(|(day, rows)| (day.to_string(), *rows)).collect();
        ledger::count_changes(connection, key::NAME, &parts)
    }
}
