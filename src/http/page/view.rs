//! What the page shows.

use std::sync::Arc;

use diesel::{PgConnection, QueryResult};

use super::ledger_summary::LedgerSummary;
use super::question::Question;
use crate::chart::{Chart, MOST_SERIES};
use crate::feed::spot::Market;
use crate::feed::spot::chart::price_chart;
use crate::feed::spot::query::{
    Decimal, DumpCoverage, Interval, MarketDays, Pool, Ranked, Ranking, Ratio, cheapest, coverage, matching,
};
use crate::ledger::ScopeCoverage;

/// Pools in the table.
pub(super) const RANKED: usize = 12;

/// Pools drawn until somebody chooses.
const DRAWN: usize = 3;

/// The smallest known share of the days with which a pool is ranked.
pub(super) const FEWEST: Ratio = Decimal(750_000);

/// All that is seen of the page.
pub(super) struct View {
    /// The question as it came.
    pub(super) asked: Question,
    /// The question with what was added to it, and what is wrong with it.
    pub(super) question: Question,
    /// What the ledger comes to, whatever is asked.
    pub(super) ledger: Arc<LedgerSummary>,
    /// What the question is answered with; nothing where that cannot be.
    pub(super) answer: Option<Answer>,
}

impl View {
    /// How much it holds: prices of the chart and days of the calendars.
    pub(super) fn size(&self) -> usize {
        let size = |answer: &Answer| {
            let prices: usize = answer.chart.series.iter().map(|series| series.segments.len()).sum();
            prices + answer.days.iter().map(|market| market.days.len()).sum::<usize>()
        };
        self.answer.as_ref().map_or(0, size)
    }
}

/// The answer to a question.
pub(super) struct Answer {
    pub(super) interval: Interval,
    pub(super) days: Vec<MarketDays>,
    pub(super) coverage: DumpCoverage,
    pub(super) ranked: Vec<Ranked>,
    /// Numbers of the pools drawn, in the order of the chart's lines.
    pub(super) drawn: Vec<i32>,
    pub(super) chart: Chart,
}

/// Reads all of it that the ledger's summary does not say.
pub(super) fn load(
    connection: &mut PgConnection,
    asked: &Question,
    ledger: Arc<LedgerSummary>,
) -> QueryResult<View> {
    let mut question = asked.clone();
    if question.filter.region.is_none() {
        let account = &question.filter.account;
        let of_account = |(market, _): &&(Market, ScopeCoverage)| {
            account.as_ref().is_none_or(|account| market.account_id == *account)
        };
        question.filter.region =
            ledger.markets.iter().find(of_account).map(|(market, _)| market.region.clone());
    }
    let answer = if question.faults.is_empty() { answer(connection, &mut question, &ledger)? } else { None };
    Ok(View { asked: asked.clone(), question, ledger, answer })
}

/// The answer; nothing, and a fault, if the question is about too much or nothing has landed.
fn answer(
    connection: &mut PgConnection,
    question: &mut Question,
    ledger: &LedgerSummary,
) -> QueryResult<Option<Answer>> {
    let filter = question.filter.clone();
    let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
    let Some(landed) = ledger.landed_days(account, region) else { return Ok(None) };
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
    let days = match coverage(connection, account, region, interval)? {
        Ok(days) => days,
        Err(too_many) => {
            question.faults.push(("account", too_many.to_string()));
            return Ok(None);
        }
    };
    let ranking = Ranking { budget: question.budget, limit: RANKED, fewest: FEWEST };
    let ranked = cheapest(connection, &pools, &days, interval, &ranking)?;
    let drawn = drawn(&question.pools, &pools, &ranked);
    let numbers = drawn.iter().map(|pool| pool.id).collect();
    let chart = match price_chart(connection, &drawn, &days, interval)? {
        Ok(chart) => chart,
        Err(wrong) => {
            question.faults.push(("to", wrong.to_string()));
            return Ok(None);
        }
    };
    Ok(Some(Answer { interval, coverage: DumpCoverage::of(&days), days, ranked, drawn: numbers, chart }))
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
