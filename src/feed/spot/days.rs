//! How many rows each day has.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::spot_days;
use crate::feed::Market;

use super::day::Day;

/// The days a landing has to do with: one without any rows needs no looking before its own are written.
#[derive(Default)]
pub(super) struct Days {
    days: HashMap<(usize, Day), DayRows, foldhash::fast::RandomState>,
}

/// The rows of a day.
#[derive(Clone, Copy, Default)]
struct DayRows {
    /// Whether any were stored when it was asked for, or when the last piece was settled.
    stored: bool,
    /// Rows added since, less those taken away.
    added: i64,
    /// Whether any row was added, taken away or changed.
    changed: bool,
}

impl Days {
    /// Asks the database for the days that are not known yet; a market is its place in the list.
    pub(super) fn learn(
        &mut self,
        connection: &mut PgConnection,
        markets: &[Market],
        days: &HashSet<(usize, Day)>,
    ) -> QueryResult<()> {
        for (number, Market { account_id, region }) in markets.iter().enumerate() {
            let unknown: Vec<NaiveDate> = days
                .iter()
                .filter(|day| day.0 == number && !self.days.contains_key(day))
                .map(|(_, day)| day.date())
                .collect();
            if unknown.is_empty() {
                continue;
            }
            let stored: HashSet<NaiveDate> = spot_days::table
                .filter(spot_days::account_id.eq(account_id).and(spot_days::region.eq(region)))
                .filter(spot_days::day.eq_any(&unknown).and(spot_days::row_count.gt(0)))
                .select(spot_days::day)
                .load(connection)?
                .into_iter()
                .collect();
            for day in unknown {
                let rows = DayRows { stored: stored.contains(&day), ..DayRows::default() };
                self.days.insert((number, day.into()), rows);
            }
        }
        Ok(())
    }

    /// Whether no row of the day can be stored.
    pub(super) fn is_empty(&self, market: usize, day: Day) -> bool {
        self.days.get(&(market, day)).is_some_and(|rows| !rows.stored)
    }

    /// Counts rows added to a day that was learnt.
    pub(super) fn add(&mut self, market: usize, day: Day, rows: i64) {
        let day = self.days.entry((market, day)).or_default();
        day.added += rows;
        day.changed = true;
    }

    /// Notes that a row of a day has another price now.
    pub(super) fn change(&mut self, market: usize, day: Day) {
        self.days.entry((market, day)).or_default().changed = true;
    }

    /// Days whose rows are not what they were.
    pub(super) fn changed(&self) -> impl Iterator<Item = (usize, Day)> {
        self.days.iter().filter(|(_, rows)| rows.changed).map(|(day, _)| *day)
    }

    /// Counts rows taken away from a day, which may have others left.
    pub(super) fn remove(&mut self, market: usize, day: Day, rows: i64) {
        let day = self.days.entry((market, day)).or_default();
        day.added -= rows;
        day.stored = true;
        day.changed = true;
    }

    /// From here on, days that rows were added to are no longer empty.
    pub(super) fn settle(&mut self) {
        for rows in self.days.values_mut() {
            rows.stored |= rows.added > 0;
        }
    }

    /// Writes the counts.
    pub(super) fn store(self, connection: &mut PgConnection, markets: &[Market]) -> QueryResult<()> {
        for ((market, day), DayRows { added: rows, .. }) in self.days {
            if rows == 0 {
                continue;
            }
            let Market { account_id, region } = &markets[market];
            let key = (account_id.as_str(), region.as_str(), day.date());
            let changed = diesel::update(spot_days::table.find(key))
                .set(spot_days::row_count.eq(spot_days::row_count + rows))
                .execute(connection)?;
            if changed == 0 {
                diesel::insert_into(spot_days::table)
                    .values((
                        spot_days::account_id.eq(account_id),
                        spot_days::region.eq(region),
                        spot_days::day.eq(day.date()),
                        spot_days::row_count.eq(rows),
                    ))
                    .execute(connection)?;
            }
        }
        Ok(())
    }
}
