//! State shared by requests for the page: a limit of concurrent ones, and a cache of views.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::NaiveDate;
use diesel::{PgConnection, QueryResult};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::ledger_summary::LedgerSummary;
use super::page_query::PageQuery;
use super::view::{self, View};
use crate::db::ReadError;
use crate::ledger::{LedgerState, ledger_state};

/// Views in the cache.
const MAX_VIEWS: usize = 16;

/// The largest cached view, in prices of its chart and days of its calendars: some MB at most.
const MAX_VIEW_SIZE: usize = 50_000;

/// What a view depends on besides the query: the ledger, and the latest day that counts.
type CacheKey = (LedgerState, NaiveDate);

/// Shared by all requests for the page.
pub(in crate::http) struct PageState {
    permits: Arc<Semaphore>,
    acquire_timeout: Duration,
    cache: Mutex<Option<Cache>>,
}

/// What was read while the ledger was in one state.
struct Cache {
    key: CacheKey,
    ledger: Arc<LedgerSummary>,
    /// The least recently used first.
    views: VecDeque<Arc<View>>,
}

impl PageState {
    /// Limits how many requests are handled at once, and how long others wait.
    pub(in crate::http) fn new(permits: usize, acquire_timeout: Duration) -> Self {
        Self { permits: Arc::new(Semaphore::new(permits)), acquire_timeout, cache: Mutex::default() }
    }

    /// Waits for a permit to handle a request.
    pub(super) async fn acquire(&self) -> Result<OwnedSemaphorePermit, ReadError> {
        match timeout(self.acquire_timeout, self.permits.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(ReadError::Busy),
        }
    }

    /// The view of a query, from the cache if nothing has landed since.
    ///
    /// The connection must read one snapshot.
    pub(super) fn view(
        &self,
        connection: &mut PgConnection,
        query: &PageQuery,
        latest: NaiveDate,
    ) -> QueryResult<Arc<View>> {
        let key = (ledger_state(connection)?, latest);
        let (ledger, view) = self.cached(&key, query);
        if let Some(view) = view {
            return Ok(view);
        }
        let ledger = match ledger {
            Some(ledger) => ledger,
            None => Arc::new(LedgerSummary::read(connection, latest)?),
        };
        let view = Arc::new(view::load(connection, query, ledger)?);
        self.insert(key, view.clone());
        Ok(view)
    }

    /// The cached summary of the ledger, and the cached view of a query.
    fn cached(&self, key: &CacheKey, query: &PageQuery) -> (Option<Arc<LedgerSummary>>, Option<Arc<View>>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(cache) = cache.as_mut().filter(|cache| cache.key == *key) else { return (None, None) };
        let position = cache.views.iter().position(|view| view.requested == *query);
        let view = position.and_then(|position| cache.views.remove(position));
        cache.views.extend(view.clone());
        (Some(cache.ledger.clone()), view)
    }

    fn insert(&self, key: CacheKey, view: Arc<View>) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let cache = match cache.as_mut() {
            Some(cache) if cache.key == key => cache,
            _ => cache.insert(Cache { key, ledger: view.ledger.clone(), views: VecDeque::new() }),
        };
        if view.size() <= MAX_VIEW_SIZE {
            if cache.views.len() == MAX_VIEWS {
                cache.views.pop_front();
            }
            cache.views.push_back(view);
        }
    }
}
