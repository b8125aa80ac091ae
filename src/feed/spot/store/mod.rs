//! Reads and writes the tables of spot prices while dumps land.

pub(super) mod days;
pub(super) mod deferred;
pub(super) mod dumps;
pub(super) mod loading;
pub(super) mod months;
pub(super) mod observations;
pub(super) mod pools;
pub(super) mod summaries;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::sql_types::{BigInt, Integer, Text, Timestamptz};
use diesel::{QueryResult, QueryableByName};

use super::day::OutsideCalendar;
use super::market::Market;
use super::resolve::{Dumps, MarketDay};

impl From<OutsideCalendar> for diesel::result::Error {
    fn from(error: OutsideCalendar) -> Self {
        Self::SerializationError(Box::new(error))
    }
}

/// A row of `spot_observations`: the price of a pool from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct StoredPrice {
    /// `spot_pools.id`.
    #[diesel(sql_type = Integer)]
    pub pool_id: i32,
    /// From when the price is valid.
    #[diesel(sql_type = Timestamptz)]
    pub observed_at: DateTime<Utc>,
    /// Millionths of a US dollar an hour.
    #[diesel(sql_type = BigInt)]
    pub micros: i64,
    /// The dump revision that it comes from, `ledger.id`.
    #[diesel(sql_type = Integer)]
    pub dump_id: i32,
}

/// The market of a row.
#[derive(QueryableByName)]
pub(super) struct MarketRow {
    #[diesel(sql_type = Text)]
    account_id: String,
    #[diesel(sql_type = Text)]
    region: String,
}

impl From<MarketRow> for Market {
    fn from(MarketRow { account_id, region }: MarketRow) -> Self {
        Market { account_id, region }
    }
}

/// The first and the last of some instants.
fn bounds(instants: &[DateTime<Utc>]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    Some((*instants.iter().min()?, *instants.iter().max()?))
}

/// Days of markets as the array parameters of a statement.
#[derive(Default)]
struct DayColumns<'d> {
    account_ids: Vec<&'d str>,
    regions: Vec<&'d str>,
    days: Vec<NaiveDate>,
}

impl<'d> DayColumns<'d> {
    fn of(dumps: &'d Dumps, days: &[MarketDay]) -> QueryResult<Self> {
        let mut columns = Self::default();
        for (market, day) in days {
            let market = dumps.name(*market);
            columns.account_ids.push(&market.account_id);
            columns.regions.push(&market.region);
            columns.days.push(day.date()?);
        }
        Ok(columns)
    }
}
