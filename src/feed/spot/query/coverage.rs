//! Which days of which markets there is data for.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;
use utoipa::ToSchema;

use super::interval::Interval;
use super::pools::{MAX_MARKET_DAYS, Pool, TooMany};
use crate::db::schema::ledger;
use crate::feed::spot::key;
use crate::feed::spot::market::Market;
use crate::ledger::Status;

/// What became of the dump of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DayState {
    /// It landed.
    Landed,
    /// It landed, and has no record.
    Empty,
    /// It was never seen.
    Missing,
    /// It was seen, and nothing of it could be stored.
    Rejected,
}

/// A day of a market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MarketDay {
    /// UTC day.
    pub day: NaiveDate,
    /// What became of its dump.
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
    /// Whether a day's dump stands, empty ones included.
    pub fn has_landed(&self, day: NaiveDate) -> bool {
        let at = self.days.binary_search_by_key(&day, |day| day.day);
        at.is_ok_and(|at| matches!(self.days[at].state, DayState::Landed | DayState::Empty))
    }
}

/// Whether the dump of a pool's day stands, by the days of markets; those of its own may be missing.
pub fn has_landed(markets: &[MarketDays], pool: &Pool, day: NaiveDate) -> bool {
    markets
        .iter()
        .find(|market| market.account_id == pool.account_id && market.region == pool.region)
        .is_some_and(|market| market.has_landed(day))
}

/// Every day of an interval for each market that dumps were ever seen of, by account and region, unless that would be
/// too much.
pub fn coverage(
    connection: &mut PgConnection,
    account: Option<&str>,
    region: Option<&str>,
    interval: Interval,
) -> QueryResult<Result<Vec<MarketDays>, TooMany>> {
    let most = usize::try_from(MAX_MARKET_DAYS / interval.len()).unwrap_or_default();
    let markets = markets(connection, account, region, None, most + 1)?;
    if markets.len() > most {
        return Ok(Err(TooMany::Markets));
    }
    market_days(connection, markets, interval).map(Ok)
}

/// Markets that dumps were ever seen of, by account and region, from the one after a market on.
///
/// Takes a step in the index for each market, however many entries each has in the ledger.
pub fn markets(
    connection: &mut PgConnection,
    account: Option<&str>,
    region: Option<&str>,
    after: Option<&Market>,
    limit: usize,
) -> QueryResult<Vec<Market>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        account_id: String,
        #[diesel(sql_type = Text)]
        region: String,
    }
    let after = after.map_or(("", ""), |market| (&market.account_id, &market.region));
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows: Vec<Row> = match account {
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
        // Other accounts are none of its business, nor those before the one that the page before ended with.
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
    Ok(rows.into_iter().map(|Row { account_id, region }| Market { account_id, region }).collect())
}

/// The first and the last day whose dumps have landed, of an account and region, or of any; days after the
/// latest that a dump can be of do not count.
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
    let entries: Vec<Entry> = ledger::table
        .filter(ledger::feed.eq(key::NAME).and(ledger::day.between(interval.first, interval.last)))
        .filter(ledger::account_id.eq_any(markets.iter().map(|market| &market.account_id)))
        .filter(ledger::region.eq_any(markets.iter().map(|market| &market.region)))
        .filter(ledger::status.eq_any([Status::Landed.as_str(), Status::Rejected.as_str()]))
        .order(ledger::id)
        .select(Entry::as_select())
        .load(connection)?;
    let mut known: BTreeMap<(String, String, NaiveDate), Entry> = BTreeMap::new();
    for entry in entries {
        let key = (entry.account_id.clone(), entry.region.clone(), entry.day);
        // What landed stands, whatever was rejected beside it. Else the last reason counts.
        if known.get(&key).is_none_or(|known| !known.landed()) {
            known.insert(key, entry);
        }
    }
    let days = |market: &Market| {
        let day = |day| {
            let entry = known.get(&(market.account_id.clone(), market.region.clone(), day));
            MarketDay {
                day,
                state: entry.map_or(DayState::Missing, Entry::state),
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

/// What the ledger says of a dump.
#[derive(Queryable, Selectable)]
#[diesel(table_name = ledger, check_for_backend(diesel::pg::Pg))]
struct Entry {
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

impl Entry {
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
