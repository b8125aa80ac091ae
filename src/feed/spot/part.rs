//! The parts that prices are published and extracted by: a month of a market.

use chrono::NaiveDate;

use super::market::Market;

/// The name of a part, as `feed_parts` has it: `038520252753/eu-west-3/2026-11`.
pub(super) fn name(market: &Market, month: NaiveDate) -> String {
    format!("{}/{}/{}", market.account_id, market.region, month.format("%Y-%m"))
}

/// The market, and the first day of the month, that a name means.
pub(super) fn parse(name: &str) -> Option<(Market, NaiveDate)> {
    let (market, month) = name.rsplit_once('/')?;
    let (account_id, region) = market.split_once('/')?;
    let month = NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").ok()?;
    Some((Market { account_id: account_id.to_owned(), region: region.to_owned() }, month))
}
