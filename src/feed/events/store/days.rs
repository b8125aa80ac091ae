//! Partitions, one a day.

use std::collections::{BTreeSet, HashSet};

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

/// Counts a change of the rows that were received on some days.
pub(in crate::feed::events) fn count_changes(
    connection: &mut PgConnection,
    days: &BTreeSet<NaiveDate>,
) -> QueryResult<()> {
    ledger::count_changes(connection, key::NAME, &days.iter().map(NaiveDate::to_string).collect())
}
