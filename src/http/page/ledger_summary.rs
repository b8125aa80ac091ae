//! The totals of the ledger.

use chrono::NaiveDate;
use diesel::{PgConnection, QueryResult};

use crate::feed::spot::query::Interval;
use crate::feed::spot::{Market, Spot};
use crate::ingest::periods;
use crate::ledger::{self, FutureDump, RejectedObject, ScopeCoverage};

/// Rejected dumps shown; `landfall status` has all.
const MAX_REJECTED: usize = 20;

/// The ledger in short. Reading it takes time in proportion to its size.
pub(super) struct LedgerSummary {
    /// Coverage of each market.
    pub(super) markets: Vec<(Market, ScopeCoverage)>,
    /// Imported dumps of days that are still to come.
    pub(super) future: Vec<FutureDump>,
    /// The first of the rejected dumps.
    pub(super) rejected: Vec<RejectedObject>,
    /// Number of all rejected dumps.
    pub(super) rejected_count: usize,
}

impl LedgerSummary {
    /// Days after `latest` do not count.
    pub(super) fn read(connection: &mut PgConnection, latest: NaiveDate) -> QueryResult<Self> {
        let coverage = ledger::coverage(connection, &periods(&[&Spot]), latest)?;
        let market = |coverage: ScopeCoverage| Some((Market::of(&coverage.scope)?, coverage));
        let markets = coverage.into_iter().filter_map(market).collect();
        let future = ledger::future_dumps(connection, latest)?;
        let mut rejected = ledger::rejected_objects(connection)?;
        let rejected_count = rejected.len();
        rejected.truncate(MAX_REJECTED);
        rejected.shrink_to_fit();
        Ok(Self { markets, future, rejected, rejected_count })
    }

    /// The first and the last day whose dumps have landed, of an account and region, or of any.
    pub(super) fn landed_days(&self, account: Option<&str>, region: Option<&str>) -> Option<Interval> {
        let markets = || {
            self.markets.iter().filter(|(market, _)| {
                account.is_none_or(|account| market.account_id == account)
                    && region.is_none_or(|region| market.region == region)
            })
        };
        let first = markets().map(|(_, coverage)| coverage.first).min()?;
        let last = markets().map(|(_, coverage)| coverage.last).max()?;
        Some(Interval { first, last })
    }
}
