//! Everything that is read from and written to the tables of spot prices while dumps land.

pub(super) mod days;
pub(super) mod deferred;
pub(super) mod dumps;
pub(super) mod months;
pub(super) mod observations;
pub(super) mod pools;
pub(super) mod summaries;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::QueryResult;

use super::day::OutsideCalendar;
use super::resolve::{Dumps, MarketDay};

impl From<OutsideCalendar> for diesel::result::Error {
    fn from(error: OutsideCalendar) -> Self {
        Self::SerializationError(Box::new(error))
    }
}

/// The first and the last of some instants.
fn ends(instants: &[DateTime<Utc>]) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    Some((*instants.iter().min()?, *instants.iter().max()?))
}

/// Days of markets, a column each, as statements take them.
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
