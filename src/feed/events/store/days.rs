//! Partitions, one a day.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate};
use diesel::sql_types::Date;
use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_query};

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
            let day = DateTime::from_timestamp_micros(at).unwrap_or_default().date_naive();
            if self.known.insert(day) {
                sql_query("SELECT events_ensure_day($1)").bind::<Date, _>(day).execute(connection)?;
            }
        }
        Ok(())
    }
}
