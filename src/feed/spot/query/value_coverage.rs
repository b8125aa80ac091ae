//! How complete a value is, and the dumps behind a result.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::coverage::{DayState, MarketDays};
use super::decimal::Ratio;
use crate::db::schema::ledger;
use crate::feed::spot::store::StoredPrice;

/// Dumps listed in a result; `/v1/spot/coverage` has the rest.
const MAX_NAMES: usize = 20;

/// How complete a value is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ValueCoverage {
    /// Ratio of the time for which the price is known.
    #[schema(value_type = f64, example = 0.9931, minimum = 0, maximum = 1)]
    #[serde(rename = "share")]
    pub ratio: Ratio,
    /// The last record before the end of the time queried; null if there is none, or if it is too old to be valid.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Name of the dump that this record came in.
    #[schema(example = "spotprices_20261101_038520252753_eu-west-3.json")]
    pub confirmed_by: Option<String>,
}

/// The dumps behind a result: one for each matching market and day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct DumpCoverage {
    /// Dumps that landed with records.
    #[schema(example = 4)]
    pub landed: usize,
    /// Dumps that landed without any record.
    #[schema(example = 0)]
    pub empty: usize,
    /// Dumps that were never seen.
    #[schema(example = 1)]
    pub missing: usize,
    /// Dumps of which nothing could be stored.
    #[schema(example = 0)]
    pub rejected: usize,
    /// The first of those that are missing or were rejected, by name.
    #[schema(example = json!(["spotprices_20261103_038520252753_eu-west-3.json"]))]
    pub absent: Vec<String>,
}

impl DumpCoverage {
    /// Counts the days of markets.
    pub fn of(markets: &[MarketDays]) -> Self {
        let mut coverage = Self::default();
        for day in markets.iter().flat_map(|market| &market.days) {
            *match day.state {
                DayState::Landed => &mut coverage.landed,
                DayState::Empty => &mut coverage.empty,
                DayState::Missing => &mut coverage.missing,
                DayState::Rejected => &mut coverage.rejected,
            } += 1;
            let absent = matches!(day.state, DayState::Missing | DayState::Rejected);
            if absent && coverage.absent.len() < MAX_NAMES {
                coverage.absent.push(day.dump.clone());
            }
        }
        coverage
    }
}

/// The coverage of values, given for each its ratio and its last record.
pub(super) fn value_coverages(
    connection: &mut PgConnection,
    values: &[(Ratio, Option<StoredPrice>)],
) -> QueryResult<Vec<ValueCoverage>> {
    let mut ids: Vec<i32> = values.iter().filter_map(|(_, price)| Some(price.as_ref()?.dump_id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let names: Vec<(i32, Option<String>)> = ledger::table
        .filter(ledger::id.eq_any(ids))
        .order(ledger::id)
        .select((ledger::id, ledger::name))
        .load(connection)?;
    let name = |price: &StoredPrice| {
        let index = names.binary_search_by_key(&price.dump_id, |(id, _)| *id).ok()?;
        names[index].1.clone()
    };
    let coverage = |(ratio, price): &(Ratio, Option<StoredPrice>)| ValueCoverage {
        ratio: *ratio,
        confirmed_at: price.as_ref().map(|price| price.observed_at),
        confirmed_by: price.as_ref().and_then(name),
    };
    Ok(values.iter().map(coverage).collect())
}
