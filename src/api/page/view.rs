//! What the page shows.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{PgConnection, QueryResult};

use super::question::Question;
use crate::chart::{Chart, MOST_SERIES};
use crate::db::coverage::{self, Coverage, FutureDump, latest_day};
use crate::db::ledger::{self, Rejected};
use crate::feed::spot::answers::{
    Decimal, Extent, Interval, MarketDays, Pool, Ranked, Ranking, Share, cheapest, coverage as days,
    landed_days, matching,
};
use crate::feed::spot::picture::picture;

/// Pools in the table.
pub(super) const RANKED: usize = 12;

/// Pools drawn until somebody chooses.
const DRAWN: usize = 3;

/// The smallest known share of the days with which a pool is ranked.
pub(super) const FEWEST: Share = Decimal(750_000);

/// All that is seen of the page.
pub(super) struct View {
    pub(super) question: Question,
    /// What has landed of each market, whatever is asked.
    pub(super) markets: Vec<Coverage>,
    /// What landed although its day has not come.
    pub(super) future: Vec<FutureDump>,
    pub(super) rejected: Vec<Rejected>,
    /// What the question is answered with; nothing where that cannot be.
    pub(super) answer: Option<Answer>,
}

/// The answer to a question.
pub(super) struct Answer {
    pub(super) interval: Interval,
    pub(super) days: Vec<MarketDays>,
    pub(super) extent: Extent,
    pub(super) ranked: Vec<Ranked>,
    /// Numbers of the pools drawn, in the order of the chart's lines.
    pub(super) drawn: Vec<i32>,
    pub(super) chart: Chart,
}

/// Looks all of it up.
pub(super) fn look(
    connection: &mut PgConnection,
    question: &Question,
    now: DateTime<Utc>,
) -> QueryResult<View> {
    let mut question = question.clone();
    let latest = latest_day(now);
    let markets = coverage::coverage(connection, latest)?;
    let future = coverage::future(connection, latest)?;
    let rejected = ledger::rejected(connection)?;
    if question.filter.region.is_none() {
        let account = &question.filter.account;
        let of_account =
            |market: &&Coverage| account.as_ref().is_none_or(|account| market.account_id == *account);
        question.filter.region = markets.iter().find(of_account).map(|market| market.region.clone());
    }
    let answer = if question.faults.is_empty() { answer(connection, &mut question, latest)? } else { None };
    Ok(View { question, markets, future, rejected, answer })
}

/// The answer; nothing, and a fault, if the question is about too much or nothing has landed.
fn answer(
    connection: &mut PgConnection,
    question: &mut Question,
    latest: NaiveDate,
) -> QueryResult<Option<Answer>> {
    let filter = question.filter.clone();
    let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
    let Some(landed) = landed_days(connection, account, region, latest)? else { return Ok(None) };
    let interval = match Interval::within(landed, question.from, question.to) {
        Ok(interval) => interval,
        Err(wrong) => {
            question.refuse(wrong);
            return Ok(None);
        }
    };
    let pools = match matching(connection, &filter, interval)? {
        Ok(pools) => pools,
        Err(too_many) => {
            question.faults.push(("instance_type", too_many.to_string()));
            return Ok(None);
        }
    };
    let days = days(connection, account, region, interval)?;
    let ranking = Ranking { budget: question.budget, limit: RANKED, fewest: FEWEST };
    let ranked = cheapest(connection, &pools, &days, interval, &ranking)?;
    let drawn = drawn(&question.pools, &pools, &ranked);
    let numbers = drawn.iter().map(|pool| pool.id).collect();
    let chart = match picture(connection, &drawn, &days, interval)? {
        Ok(chart) => chart,
        Err(wrong) => {
            question.faults.push(("to", wrong.to_string()));
            return Ok(None);
        }
    };
    Ok(Some(Answer { interval, extent: Extent::of(&days), days, ranked, drawn: numbers, chart }))
}

/// The pools to draw: those chosen among the matching, else the cheapest.
fn drawn(chosen: &[i32], pools: &[Pool], ranked: &[Ranked]) -> Vec<Pool> {
    let mut drawn: Vec<Pool> = Vec::new();
    for pool in chosen.iter().filter_map(|id| pools.iter().find(|pool| pool.id == *id)) {
        if drawn.len() < MOST_SERIES && !drawn.contains(pool) {
            drawn.push(pool.clone());
        }
    }
    if drawn.is_empty() {
        drawn.extend(ranked.iter().take(DRAWN).map(|ranked| ranked.pool.clone()));
    }
    drawn
}
