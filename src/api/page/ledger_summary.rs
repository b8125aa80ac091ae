//! What the ledger comes to, for every load of the page.

use chrono::NaiveDate;
use diesel::{PgConnection, QueryResult};

use crate::db::coverage::{self, Coverage, FutureDump};
use crate::db::ledger::{self, Rejected};
use crate::feed::spot::answers::Interval;

/// The most rejected dumps shown; `landfall status` has all.
const MAX_REJECTED: usize = 20;

/// The ledger in short. Reading it takes longer the more has landed.
pub(super) struct LedgerSummary {
    /// What has landed of each market.
    pub(super) markets: Vec<Coverage>,
    /// What landed although its day has not come.
    pub(super) future: Vec<FutureDump>,
    /// The first of the rejected dumps.
    pub(super) rejected: Vec<Rejected>,
    /// How many there are in all.
    pub(super) rejected_count: usize,
}

impl LedgerSummary {
    /// Days after the latest that a dump can be of do not count.
    pub(super) fn read(connection: &mut PgConnection, latest: NaiveDate) -> QueryResult<Self> {
        let markets = coverage::coverage(connection, latest)?;
        let future = coverage::future(connection, latest)?;
        let mut rejected = ledger::rejected(connection)?;
        let rejected_count = rejected.len();
        rejected.truncate(MAX_REJECTED);
        rejected.shrink_to_fit();
        Ok(Self { markets, future, rejected, rejected_count })
    }

    /// The first and the last day whose dumps have landed, of an account and region, or of any.
    pub(super) fn landed_days(&self, account: Option<&str>, region: Option<&str>) -> Option<Interval> {
        let markets = || {
            self.markets.iter().filter(|market| {
                account.is_none_or(|account| market.account_id == account)
                    && region.is_none_or(|region| market.region == region)
            })
        };
        let first = markets().map(|market| market.first_day).min()?;
        let last = markets().map(|market| market.last_day).max()?;
        Some(Interval { first, last })
    }
}
