//! Everything that is read from and written to the tables of spot prices while dumps land.

pub(super) mod days;
pub(super) mod deferred;
pub(super) mod dumps;
pub(super) mod months;
pub(super) mod observations;
pub(super) mod pools;
pub(super) mod summaries;

use chrono::NaiveDate;

use super::resolve::{Dumps, MarketDay};

/// Days of markets, a column each, as statements take them.
#[derive(Default)]
struct DayColumns<'d> {
    account_ids: Vec<&'d str>,
    regions: Vec<&'d str>,
    days: Vec<NaiveDate>,
}

impl<'d> DayColumns<'d> {
    fn of(dumps: &'d Dumps, days: &[MarketDay]) -> Self {
        let mut columns = Self::default();
        for (market, day) in days {
            let market = dumps.name(*market);
            columns.account_ids.push(&market.account_id);
            columns.regions.push(&market.region);
            columns.days.push(day.date());
        }
        columns
    }
}
