//! Partitions, one a month.

use std::collections::HashSet;

use chrono::NaiveDate;
use diesel::sql_types::Date;
use diesel::{PgConnection, QueryResult, RunQueryDsl, sql_query};

use crate::feed::spot::day::Day;

/// The months whose partitions are known to be there.
#[derive(Default)]
pub(in crate::feed::spot) struct Months {
    known: HashSet<NaiveDate>,
}

impl Months {
    /// Makes the partitions of these days' months where they are missing.
    pub(in crate::feed::spot) fn ensure(
        &mut self,
        connection: &mut PgConnection,
        days: impl IntoIterator<Item = Day>,
    ) -> QueryResult<()> {
        let mut last = None;
        for day in days {
            if last.replace(day) == Some(day) {
                continue;
            }
            let month = day.month()?;
            if self.known.insert(month) {
                sql_query("SELECT spot_ensure_month($1)").bind::<Date, _>(month).execute(connection)?;
            }
        }
        Ok(())
    }
}
