//! The data of the page.

use std::sync::Arc;

use diesel::{PgConnection, QueryResult};

use super::ledger_summary::LedgerSummary;
use super::page_query::PageQuery;
use crate::chart::{Chart, MAX_SERIES};
use crate::feed::spot::Market;
use crate::feed::spot::chart::price_chart;
use crate::feed::spot::query::{
    Decimal, DumpCoverage, Interval, MarketDays, Pool, Ranked, Ranking, Ratio, cheapest, coverage, matching,
};
use crate::ledger::ScopeCoverage;

/// Pools in the table.
pub(super) const MAX_RANKED: usize = 12;

/// Pools drawn if none are chosen.
const DEFAULT_SERIES: usize = 3;

/// The smallest coverage of the days with which a pool is ranked.
pub(super) const MIN_COVERAGE: Ratio = Decimal(750_000);

/// All data of the page.
pub(super) struct View {
    /// The query as it was requested.
    pub(super) requested: PageQuery,
    /// The query with defaults and errors added.
    pub(super) query: PageQuery,
    /// The totals of the ledger, which do not depend on the query.
    pub(super) ledger: Arc<LedgerSummary>,
    /// The result of the query; nothing if it has errors or nothing has landed.
    pub(super) result: Option<QueryResults>,
}

impl View {
    /// Its size: prices of the chart and days of the calendars.
    pub(super) fn size(&self) -> usize {
        let size = |result: &QueryResults| {
            let prices: usize = result.chart.series.iter().map(|series| series.segments.len()).sum();
            prices + result.days.iter().map(|market| market.days.len()).sum::<usize>()
        };
        self.result.as_ref().map_or(0, size)
    }
}

/// The result of a query.
pub(super) struct QueryResults {
    pub(super) interval: Interval,
    pub(super) days: Vec<MarketDays>,
    pub(super) coverage: DumpCoverage,
    pub(super) ranked: Vec<Ranked>,
    /// Ids of the pools drawn, in the order of the chart's lines.
    pub(super) drawn: Vec<i32>,
    pub(super) chart: Chart,
}

/// Loads everything but the summary of the ledger.
pub(super) fn load(
    connection: &mut PgConnection,
    requested: &PageQuery,
    ledger: Arc<LedgerSummary>,
) -> QueryResult<View> {
    let mut query = requested.clone();
    if query.filter.region.is_none() {
        let account = &query.filter.account;
        let of_account = |(market, _): &&(Market, ScopeCoverage)| {
            account.as_ref().is_none_or(|account| market.account_id == *account)
        };
        query.filter.region = ledger.markets.iter().find(of_account).map(|(market, _)| market.region.clone());
    }
    let result = if query.errors.is_empty() { run(connection, &mut query, &ledger)? } else { None };
    Ok(View { requested: requested.clone(), query, ledger, result })
}

/// Runs the query; nothing, and an error in the query, if it is too large; nothing if nothing has landed.
fn run(
    connection: &mut PgConnection,
    query: &mut PageQuery,
    ledger: &LedgerSummary,
) -> QueryResult<Option<QueryResults>> {
    let filter = query.filter.clone();
    let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
    let Some(landed) = ledger.landed_days(account, region) else { return Ok(None) };
    let interval = match Interval::within(landed, query.from, query.to) {
        Ok(interval) => interval,
        Err(error) => {
            query.add_interval_error(error);
            return Ok(None);
        }
    };
    let pools = match matching(connection, &filter, interval)? {
        Ok(pools) => pools,
        Err(too_many) => {
            query.errors.push(("instance_type", too_many.to_string()));
            return Ok(None);
        }
    };
    let chosen = chosen(&query.pools, &pools);
    if chosen.is_empty() && !query.pools.is_empty() {
        query.add_pools_not_found();
        return Ok(None);
    }
    let days = match coverage(connection, account, region, interval)? {
        Ok(days) => days,
        Err(too_many) => {
            query.errors.push(("account", too_many.to_string()));
            return Ok(None);
        }
    };
    let ranking = Ranking { budget: query.budget, limit: MAX_RANKED, min_coverage: MIN_COVERAGE };
    let ranked = cheapest(connection, &pools, &days, interval, &ranking)?;
    let drawn = match chosen.is_empty() {
        true => ranked.iter().take(DEFAULT_SERIES).map(|ranked| ranked.pool.clone()).collect(),
        false => chosen,
    };
    let ids = drawn.iter().map(|pool| pool.id).collect();
    let chart = match price_chart(connection, &drawn, &days, interval)? {
        Ok(chart) => chart,
        Err(error) => {
            query.errors.push(("to", error.to_string()));
            return Ok(None);
        }
    };
    Ok(Some(QueryResults { interval, coverage: DumpCoverage::of(&days), days, ranked, drawn: ids, chart }))
}

/// The pools with these ids that match, each once, as many as can be drawn.
fn chosen(ids: &[i32], pools: &[Pool]) -> Vec<Pool> {
    let mut chosen: Vec<Pool> = Vec::new();
    for pool in ids.iter().filter_map(|id| pools.iter().find(|pool| pool.id == *id)) {
        if chosen.len() < MAX_SERIES && !chosen.contains(pool) {
            chosen.push(pool.clone());
        }
    }
    chosen
}
