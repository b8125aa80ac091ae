//! Events and their users by day.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Timestamptz};
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

use crate::feed::interval::Interval;

/// Counts of one query.
const MAX_COUNTS: usize = 50_000;

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only those called this.
    pub event: Option<String>,
    /// Only those of this kind of device.
    pub device: Option<String>,
}

/// Events of one kind, day and kind of device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, QueryableByName)]
pub struct DailyCount {
    /// UTC day of `timestamp`.
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// What the events are called.
    #[diesel(sql_type = Text)]
    #[schema(example = "submission_success")]
    pub event: String,
    /// `context_device_type`.
    #[diesel(sql_type = Text)]
    #[schema(example = "android")]
    pub device: String,
    /// Events.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
    /// Distinct values of `anonymous_id`.
    #[diesel(sql_type = BigInt)]
    pub users: i64,
}

/// The columns, as CSV names them.
pub const COLUMNS: [&str; 5] = ["day", "event", "device", "count", "users"];

impl DailyCount {
    /// The text of each column.
    pub fn cells(&self) -> [String; 5] {
        [
            self.day.to_string(),
            self.event.clone(),
            self.device.clone(),
            self.count.to_string(),
            self.users.to_string(),
        ]
    }
}

/// A query has more than 50,000 counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("there are more than {MAX_COUNTS} counts in this time: query fewer days, or one event or device")]
pub struct TooManyCounts;

/// Counts by day, event and device, in this order; there is none where there are no events.
pub fn daily(
    connection: &mut PgConnection,
    interval: Interval,
    filter: &EventFilter,
) -> QueryResult<Result<Vec<DailyCount>, TooManyCounts>> {
    let counts: Vec<DailyCount> = sql_query(
        r#"SELECT ("timestamp" AT TIME ZONE 'UTC')::date AS day, event, context_device_type AS device,
                  count(*) AS count, count(DISTINCT anonymous_id) AS users
           FROM events
           WHERE "timestamp" >= $1 AND "timestamp" < $2
             AND ($3 IS NULL OR event = $3) AND ($4 IS NULL OR context_device_type = $4)
           GROUP BY 1, 2, 3
           ORDER BY 1, 2, 3
           LIMIT $5"#,
    )
    .bind::<Timestamptz, _>(interval.start())
    .bind::<Timestamptz, _>(interval.end())
    .bind::<Nullable<Text>, _>(&filter.event)
    .bind::<Nullable<Text>, _>(&filter.device)
    // One more, to detect that there are too many.
    .bind::<BigInt, _>(MAX_COUNTS as i64 + 1)
    .load(connection)?;
    Ok(if counts.len() > MAX_COUNTS { Err(TooManyCounts) } else { Ok(counts) })
}
