//! What loads of the page share: at most so many are made at once, and what was made is kept while it holds.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{PgConnection, QueryResult};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::ledger_summary::LedgerSummary;
use super::question::Question;
use super::view::{self, View};
use crate::db::ReadError;
use crate::http::state::Api;
use crate::ledger::{LedgerState, latest_day, ledger_state};

/// How many answers are kept.
const MAX_VIEWS: usize = 16;

/// The largest answer kept, in prices of its chart and days of its calendars: some MB at most.
const MAX_SIZE: usize = 50_000;

/// What answers depend on besides the question: the ledger, and the latest day that counts.
type State = (LedgerState, NaiveDate);

/// What the page keeps between requests.
pub(in crate::http) struct PageState {
    places: Arc<Semaphore>,
    patience: Duration,
    known: Mutex<Option<Known>>,
}

/// What was read while the ledger was in one state.
struct Known {
    state: State,
    ledger: Arc<LedgerSummary>,
    /// The one asked for last at the end.
    views: VecDeque<Arc<View>>,
}

impl PageState {
    /// Pages and pictures are made by so many at once; others wait so long.
    pub(in crate::http) fn new(places: usize, patience: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), patience, known: Mutex::default() }
    }

    /// Waits for a place among those who make pages.
    async fn place(&self) -> Result<OwnedSemaphorePermit, ReadError> {
        match timeout(self.patience, self.places.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(ReadError::Busy),
        }
    }

    /// The answer to a question: what is kept if nothing has landed since, else what is read now.
    ///
    /// The connection has to read one snapshot.
    fn view(
        &self,
        connection: &mut PgConnection,
        question: &Question,
        latest: NaiveDate,
    ) -> QueryResult<Arc<View>> {
        let state = (ledger_state(connection)?, latest);
        let (ledger, view) = self.known(&state, question);
        if let Some(view) = view {
            return Ok(view);
        }
        let ledger = match ledger {
            Some(ledger) => ledger,
            None => Arc::new(LedgerSummary::read(connection, latest)?),
        };
        let view = Arc::new(view::load(connection, question, ledger)?);
        self.keep(state, view.clone());
        Ok(view)
    }

    /// What is kept of this state, for any question and for this one.
    fn known(&self, state: &State, question: &Question) -> (Option<Arc<LedgerSummary>>, Option<Arc<View>>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = known.as_mut().filter(|known| known.state == *state) else { return (None, None) };
        let place = known.views.iter().position(|view| view.asked == *question);
        let view = place.and_then(|place| known.views.remove(place));
        known.views.extend(view.clone());
        (Some(known.ledger.clone()), view)
    }

    fn keep(&self, state: State, view: Arc<View>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match known.as_mut() {
            Some(known) if known.state == state => known,
            _ => known.insert(Known { state, ledger: view.ledger.clone(), views: VecDeque::new() }),
        };
        if view.size() <= MAX_SIZE {
            if known.views.len() == MAX_VIEWS {
                known.views.pop_front();
            }
            known.views.push_back(view);
        }
    }
}

/// The answer to a question, made into something where few are made at once.
pub(super) async fn make<T: Send + 'static>(
    api: &Arc<Api>,
    question: Question,
    now: DateTime<Utc>,
    make: impl Fn(&View) -> T + Send + 'static,
) -> Result<T, ReadError> {
    let place = api.page.place().await?;
    let page = api.clone();
    api.spot_readers
        .read(move |connection| {
            // Kept until it is made, also if nobody waits for that any more.
            let _place = &place;
            Ok(make(&*page.page.view(connection, &question, latest_day(now))?))
        })
        .await
}
