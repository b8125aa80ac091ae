//! How many rows each day has.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use diesel::sql_types::{Array, BigInt, Date, Integer, Text};
use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl, sql_query};

use crate::feed::Market;

use super::day::Day;

/// Days in one statement.
pub(super) const CHUNK: usize = 20_000;

/// A day of which rows are stored.
#[derive(QueryableByName)]
struct StoredDay {
    #[diesel(sql_type = Integer)]
    market: i32,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
}

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
        let unknown: Vec<_> = days.iter().filter(|day| !self.days.contains_key(day)).copied().collect();
        // Chunks bound the memory of the parameters.
        for unknown in unknown.chunks(CHUNK) {
            let keys = DayKeys::of(markets, unknown)?;
            let stored: Vec<StoredDay> = sql_query(
                // OFFSET keeps the planner to one look into the key for each day, whatever it thinks of the table.
                "SELECT k.market, k.day
                 FROM unnest($1, $2, $3, $4) AS k (market, account_id, region, day)
                 CROSS JOIN LATERAL (
                     SELECT FROM spot_days AS d
                     WHERE d.account_id = k.account_id AND d.region = k.region AND d.day = k.day
                       AND d.row_count > 0
                     OFFSET 0
                 ) AS d",
            )
            .bind::<Array<Integer>, _>(unknown.iter().map(|(market, _)| *market as i32).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(keys.account_ids)
            .bind::<Array<Text>, _>(keys.regions)
            .bind::<Array<Date>, _>(keys.days)
            .load(connection)?;
            self.days.extend(unknown.iter().map(|day| (*day, DayRows::default())));
            for StoredDay { market, day } in stored {
                self.days.entry((market as usize, day.into())).or_default().stored = true;
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
        let mut changed: Vec<_> = self
            .days
            .into_iter()
            .filter(|(_, rows)| rows.added != 0)
            .map(|(day, rows)| (day, rows.added))
            .collect();
        // The days of a market lie together in the index.
        changed.sort_unstable();
        for changed in changed.chunks(CHUNK) {
            let (days, rows): (Vec<_>, Vec<_>) = changed.iter().copied().unzip();
            let keys = DayKeys::of(markets, &days)?;
            sql_query(
                "WITH k AS (SELECT * FROM unnest($1, $2, $3, $4) AS k (account_id, region, day, rows)),
                 known AS (
                     UPDATE spot_days AS d SET row_count = d.row_count + k.rows FROM k
                     WHERE d.account_id = k.account_id AND d.region = k.region AND d.day = k.day
                     RETURNING d.account_id, d.region, d.day
                 )
                 INSERT INTO spot_days (account_id, region, day, row_count)
                 SELECT * FROM k
                 WHERE NOT EXISTS (
                     SELECT FROM known
                     WHERE known.account_id = k.account_id AND known.region = k.region AND known.day = k.day
                 )",
            )
            .bind::<Array<Text>, _>(keys.account_ids)
            .bind::<Array<Text>, _>(keys.regions)
            .bind::<Array<Date>, _>(keys.days)
            .bind::<Array<BigInt>, _>(rows)
            .execute(connection)?;
        }
        Ok(())
    }
}

/// Days of markets as columns: a statement takes all of a batch's days at once.
pub(super) struct DayKeys<'m> {
    pub(super) account_ids: Vec<&'m str>,
    pub(super) regions: Vec<&'m str>,
    pub(super) days: Vec<NaiveDate>,
}

impl<'m> DayKeys<'m> {
    /// A market is its place in the list.
    pub(super) fn of(markets: &'m [Market], days: &[(usize, Day)]) -> QueryResult<Self> {
        Ok(Self {
            account_ids: days.iter().map(|(market, _)| markets[*market].account_id.as_str()).collect(),
            regions: days.iter().map(|(market, _)| markets[*market].region.as_str()).collect(),
            days: days.iter().map(|(_, day)| day.date()).collect::<Result<_, _>>()?,
        })
    }
}
