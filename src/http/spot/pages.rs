//! Records of a query, page by page.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use crate::feed::spot::query::{
    DumpCoverage, Interval, Pool, PoolFilter, StoredPrice, TooMany, coverage, matching, prices,
};

/// The position of a record: pool and instant.
pub(super) type Position = (i32, DateTime<Utc>);

pub(super) fn position(price: &StoredPrice) -> Position {
    (price.pool_id, price.observed_at)
}

/// Reads one page after another. Where reading fails, it can be tried again.
pub(super) struct Pages {
    filter: PoolFilter,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    after: Option<Position>,
    size: usize,
    pools: Vec<Pool>,
}

impl Pages {
    pub(super) fn new(
        filter: PoolFilter,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        after: Option<Position>,
        size: usize,
    ) -> Self {
        Self { filter, from, to, after, size, pools: Vec::new() }
    }

    /// The pools of the query by id, once its first page was read.
    pub(super) fn pools(&self) -> &[Pool] {
        &self.pools
    }

    /// Reads the coverage and the first page.
    pub(super) fn open(
        &mut self,
        connection: &mut PgConnection,
    ) -> QueryResult<Result<(DumpCoverage, Vec<StoredPrice>), TooMany>> {
        let interval = Interval::around(self.from, self.to);
        let pools = match matching(connection, &self.filter, interval)? {
            Ok(pools) => pools,
            Err(too_many) => return Ok(Err(too_many)),
        };
        let (account, region) = (self.filter.account.as_deref(), self.filter.region.as_deref());
        let markets = match coverage(connection, account, region, interval)? {
            Ok(markets) => markets,
            Err(too_many) => return Ok(Err(too_many)),
        };
        self.pools = pools;
        let page = self.next(connection)?;
        Ok(Ok((DumpCoverage::of(&markets), page)))
    }

    /// Reads the page after the last one.
    pub(super) fn next(&mut self, connection: &mut PgConnection) -> QueryResult<Vec<StoredPrice>> {
        // The pools before are complete.
        let rest = self.after.map_or(0, |after| self.pools.partition_point(|pool| pool.id < after.0));
        let ids: Vec<i32> = self.pools[rest..].iter().map(|pool| pool.id).collect();
        let page = prices(connection, &ids, self.from, self.to, self.after, self.size)?;
        self.after = page.last().map(position).or(self.after);
        Ok(page)
    }

    /// Whether there is nothing after a page.
    pub(super) fn is_last(&self, page: &[StoredPrice]) -> bool {
        page.len() < self.size
    }
}
