//! The data of the page.

use chrono::{DateTime, Utc};
use diesel::{PgConnection, QueryResult};

use super::query::EventsQuery;
use crate::feed::Feed;
use crate::feed::events::Events;
use crate::feed::events::query::{DailyCount, EventCoverage, coverage, daily, landed_days};
use crate::feed::interval::Interval;
use crate::ledger::{DeadLetter, latest_day, latest_dead_letters};

/// Dead letters shown.
pub(super) const MAX_DEAD_LETTERS: i64 = 50;

/// Bytes shown of each.
const MAX_RAW_BYTES: i32 = 300;

/// All data of the page.
pub(super) struct View {
    /// The query with errors added.
    pub(super) query: EventsQuery,
    pub(super) coverage: EventCoverage,
    pub(super) dead_letters: Vec<DeadLetter>,
    /// Nothing if the query has errors, or nothing has landed.
    pub(super) result: Option<(Interval, Vec<DailyCount>)>,
}

pub(super) fn load(
    connection: &mut PgConnection,
    requested: &EventsQuery,
    now: DateTime<Utc>,
) -> QueryResult<View> {
    let mut query = requested.clone();
    let result = match query.errors.is_empty() {
        true => run(connection, &mut query, now)?,
        false => None,
    };
    let coverage = coverage(connection)?;
    let dead_letters = latest_dead_letters(connection, Events.name(), MAX_DEAD_LETTERS, MAX_RAW_BYTES)?;
    Ok(View { query, coverage, dead_letters, result })
}

/// Runs the query; nothing, and an error in the query, if it is too large; nothing if nothing has landed.
fn run(
    connection: &mut PgConnection,
    query: &mut EventsQuery,
    now: DateTime<Utc>,
) -> QueryResult<Option<(Interval, Vec<DailyCount>)>> {
    let Some(landed) = landed_days(connection, latest_day(now))? else { return Ok(None) };
    let interval = match Interval::within(landed, query.from, query.to) {
        Ok(interval) => interval,
        Err(error) => {
            query.errors.push(("to", error.to_string()));
            return Ok(None);
        }
    };
    match daily(connection, interval, &query.filter)? {
        Ok(counts) => Ok(Some((interval, counts))),
        Err(too_many) => {
            query.errors.push(("to", too_many.to_string()));
            Ok(None)
        }
    }
}
