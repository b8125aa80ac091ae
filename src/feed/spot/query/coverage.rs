//! Which days of which markets there is data for.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;
use utoipa::ToSchema;

use super::pools::{MAX_MARKET_DAYS, Pool, TooMany};
use crate::db::schema::ledger;
use crate::feed::interval::Interval;
use crate::feed::spot::key;
use crate::feed::spot::market::Market;
use crate::feed::spot::store::MarketRow;
use crate::ledger::Status;

/// The state of the dump of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DayState {
    /// Stored, with records.
    Landed,
    /// Stored, without any record.
    Empty,
    /// Never seen.
    Missing,
    /// Seen, but nothing of it could be stored.
    Rejected,
}

/// A day of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MarketDay {
    /// UTC day.
    pub day: NaiveDate,
    /// The state of its dump.
    pub state: DayState,
    /// Name of its dump.
    #[schema(example = "spotprices_20261101_038520252753_eu-west-3.json")]
    pub dump: String,
    /// Records in it.
    pub records: i64,
    /// When they landed; null if they did not.
    pub landed_at: Option<DateTime<Utc>>,
    /// Why it was rejected; null if it was not.
    pub reason: Option<String>,
}

/// An account and region, with every day of an interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MarketDays {
    /// AWS account, 12 digits.
    #[schema(example = "038520252753")]
    pub account_id: String,
    /// AWS region.
    #[schema(example = "eu-west-3")]
    pub region: String,
    /// Every day, the first one first.
    pub days: Vec<MarketDay>,
}

impl MarketDays {
    /// Whether a day's dump has landed, empty ones included.
    pub fn has_landed(&self, day: NaiveDate) -> bool {
        let index = self.days.binary_search_by_key(&day, |day| day.day);
        index.is_ok_and(|index| matches!(self.days[index].state, DayState::Landed | DayState::Empty))
    }
}

/// Whether the dump of a pool's day has landed; no, if its market is not among those given.
pub fn has_landed(markets: &[MarketDays], pool: &Pool, day: NaiveDate) -> bool {
    markets
        .iter()
        .find(|market| market.account_id == pool.account_id && market.region == pool.region)
        .is_some_and(|market| market.has_landed(day))
}

/// Every day of an interval for each market that dumps were ever seen of, by account and region, unless they are
/// too many.
pub fn coverage(
    connection: &mut PgConnection,
    account: Option<&str>,
    region: Option<&str>,
    interval: Interval,
) -> QueryResult<Result<Vec<MarketDays>, TooMany>> {
    let max = usize::try_from(MAX_MARKET_DAYS / interval.len()).unwrap_or_default();
    let markets = markets(connection, account, region, None, max + 1)?;
    if markets.len() > max {
        return Ok(Err(TooMany::Markets));
    }
    market_days(connection, markets, interval).map(Ok)
}

/// Markets that dumps were ever seen of, by account and region, from the one after a market on.
///
/// A loose index scan: one step for each market, however many entries each has in the ledger.
pub fn markets(
    connection: &mut PgConnection,
    account: Option<&str>,
    region: Option<&str>,
    after: Option<&Market>,
    limit: usize,
) -> QueryResult<Vec<Market>> {
    let after = after.map_or(("", ""), |market| (&market.account_id, &market.region));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows: Vec<MarketRow> = match account {
        None => sql_query(
            "WITH RECURSIVE market AS (
                 (SELECT account_id, region FROM ledger
                  WHERE account_id IS NOT NULL AND (account_id, region) > ($1, $2)
                  ORDER BY account_id, region LIMIT 1)
                 UNION ALL
                 SELECT next.account_id, next.region FROM market CROSS JOIN LATERAL (
                     SELECT account_id, region FROM ledger
                     WHERE account_id IS NOT NULL AND (account_id, region) > (market.account_id, market.region)
                     ORDER BY account_id, region LIMIT 1
                 ) AS next
             )
             SELECT account_id, region FROM market WHERE $3 IS NULL OR region = $3 LIMIT $4",
        )
        .bind::<Text, _>(after.0)
        .bind::<Text, _>(after.1)
        .bind::<Nullable<Text>, _>(region)
        .bind::<BigInt, _>(limit)
        .load(connection)?,
        // Starts in the account, or after the last region of the previous page.
        Some(account) if account >= after.0 => sql_query(
            "WITH RECURSIVE market AS (
                 (SELECT account_id, region FROM ledger WHERE account_id = $1 AND region > $2 ORDER BY region LIMIT 1)
                 UNION ALL
                 SELECT next.account_id, next.region FROM market CROSS JOIN LATERAL (
                     SELECT account_id, region FROM ledger
                     WHERE account_id = $1 AND region > market.region
                     ORDER BY region LIMIT 1
                 ) AS next
             )
             SELECT account_id, region FROM market WHERE $3 IS NULL OR region = $3 LIMIT $4",
        )
        .bind::<Text, _>(account)
        .bind::<Text, _>(if account == after.0 { after.1 } else { "" })
        .bind::<Nullable<Text>, _>(region)
        .bind::<BigInt, _>(limit)
        .load(connection)?,
        Some(_) => Vec::new(),
    };
    Ok(rows.into_iter().map(Market::from).collect())
}

/// The first and the last day whose dumps have landed, of an account and region, or of any; days after
/// `latest` do not count.
pub fn landed_days(
    connection: &mut PgConnection,
    account: Option<&str>,
    region: Option<&str>,
    latest: NaiveDate,
) -> QueryResult<Option<Interval>> {
    let landed = ledger::feed.eq(key::NAME).and(ledger::status.eq(Status::Landed.as_str()));
    let mut query = ledger::table
        .filter(landed.and(ledger::day.le(latest)))
        .select((min(ledger::day), max(ledger::day)))
        .into_boxed();
    if let Some(account) = account {
        query = query.filter(ledger::account_id.assume_not_null().eq(account));
    }
    if let Some(region) = region {
        query = query.filter(ledger::region.assume_not_null().eq(region));
    }
    let (first, last): (Option<NaiveDate>, Option<NaiveDate>) = query.get_result(connection)?;
    Ok(first.zip(last).map(|(first, last)| Interval { first, last }))
}

/// Every day of an interval for each of these markets.
pub fn market_days(
    connection: &mut PgConnection,
    markets: Vec<Market>,
    interval: Interval,
) -> QueryResult<Vec<MarketDays>> {
    let entries: Vec<DumpEntry> = ledger::table
        .filter(ledger::feed.eq(key::NAME).and(ledger::day.between(interval.first, interval.last)))
        .filter(ledger::account_id.eq_any(markets.iter().map(|market| &market.account_id)))
        .filter(ledger::region.eq_any(markets.iter().map(|market| &market.region)))
        .filter(ledger::status.eq_any([Status::Landed.as_str(), Status::Rejected.as_str()]))
        .order(ledger::id)
        .select(DumpEntry::as_select())
        .load(connection)?;
    let mut entries_by_day: BTreeMap<(String, String, NaiveDate), DumpEntry> = BTreeMap::new();
    for entry in entries {
        let key = (entry.account_id.clone(), entry.region.clone(), entry.day);
        // A landed dump counts, whatever was rejected beside it. Otherwise the last reason does.
        if entries_by_day.get(&key).is_none_or(|entry| !entry.landed()) {
            entries_by_day.insert(key, entry);
        }
    }
    let days = |market: &Market| {
        let day = |day| {
            let entry = entries_by_day.get(&(market.account_id.clone(), market.region.clone(), day));
            MarketDay {
                day,
                state: entry.map_or(DayState::Missing, DumpEntry::state),
                dump: key::name(market, day),
                records: entry.map_or(0, |entry| entry.records),
                landed_at: entry.and_then(|entry| entry.landed_at),
                reason: entry.and_then(|entry| entry.reason.clone()),
            }
        };
        interval.days().map(day).collect()
    };
    let market = |market: Market| {
        let days = days(&market);
        MarketDays { days, account_id: market.account_id, region: market.region }
    };
    Ok(markets.into_iter().map(market).collect())
}

/// The ledger entry of a dump.
#[derive(Queryable, Selectable)]
#[diesel(table_name = ledger, check_for_backend(diesel::pg::Pg))]
struct DumpEntry {
    #[diesel(select_expression = ledger::account_id.assume_not_null())]
    account_id: String,
    #[diesel(select_expression = ledger::region.assume_not_null())]
    region: String,
    #[diesel(select_expression = ledger::day.assume_not_null())]
    day: NaiveDate,
    status: String,
    records: i64,
    landed_at: Option<DateTime<Utc>>,
    reason: Option<String>,
}

impl DumpEntry {
    fn landed(&self) -> bool {
        self.status == Status::Landed.as_str()
    }

    fn state(&self) -> DayState {
        match (self.landed(), self.records) {
            (true, 0) => DayState::Empty,
            (true, _) => DayState::Landed,
            (false, _) => DayState::Rejected,
        }
    }
}
