//! `GET /v1/events/daily`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::feed::events::query::{
    COLUMNS, DailyCount, EventCoverage, EventFilter, TooManyCounts, coverage, daily,
};
use crate::feed::format::{Format, csv};
use crate::http::days::{Days, days};
use crate::http::format::{Accepted, media_type};
use crate::http::parameters::QueryParameters;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

const COVERAGE_HEADER: HeaderName = HeaderName::from_static("landfall-coverage");

/// Which events.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
struct Events {
    /// What they are called.
    #[param(example = "submission_success")]
    event: Option<String>,
    /// `context_device_type`.
    #[param(example = "android")]
    device: Option<String>,
}

/// Counts of events.
#[derive(Serialize, ToSchema)]
struct EventCounts {
    /// What has landed of all events.
    coverage: EventCoverage,
    /// By day, event and device.
    counts: Vec<DailyCount>,
}

/// Events and their distinct users, by UTC day of `timestamp`, event and kind of device.
///
/// There is no count where there are no events. Users of several days, events or devices are counted in each: counts of
/// users cannot be added.
#[utoipa::path(get, path = "/v1/events/daily", tag = "events", params(Days, Events), responses(
    (status = OK, description = "the counts", content(
        (EventCounts = "application/json"),
        (String = "application/x-ndjson", example = "{\"day\":\"2026-11-01\",\"event\":\"submission_success\",\"device\":\"android\",\"count\":120,\"users\":97}\n"),
        (String = "text/csv", example = "day,event,device,count,users\n2026-11-01,submission_success,android,120,97\n"),
    ), headers(
        ("Landfall-Coverage" = String, description = "with NDJSON and CSV, the fields of `coverage`: `objects=4, landed_at=2026-11-02T00:10:00Z, …`"),
    )),
    (status = NOT_MODIFIED, description = "the same as the response with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the query is invalid or too large"),
    (status = NOT_ACCEPTABLE, description = "`Accept` has none of these types"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn events_daily(
    State(api): State<Arc<Api>>,
    mut parameters: QueryParameters,
    headers: HeaderMap,
    Accepted(format): Accepted,
) -> Result<Response, Problem> {
    let interval = days(&mut parameters);
    let mut text = |name| {
        parameters.read(name, |text| {
            if text.contains('\0') { Err("it has a NUL character".to_owned()) } else { Ok(text.to_owned()) }
        })
    };
    let filter = EventFilter { event: text("event"), device: text("device") };
    parameters.check()?;
    let (coverage, counts) = api
        .long_readers
        .read(move |connection| Ok((coverage(connection)?, daily(connection, interval, &filter)?)))
        .await?;
    let counts = counts?;
    let rows = match format {
        Format::Json => {
            let mut response = tagged(&headers, &EventCounts { coverage, counts })?;
            response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
            return Ok(response);
        }
        Format::Ndjson => ndjson(&counts).map_err(|error| internal(&error))?,
        Format::Csv => {
            let mut rows = csv(&[COLUMNS]);
            rows.extend(csv(&counts.iter().map(DailyCount::cells).collect::<Vec<_>>()));
            rows
        }
    };
    let stamp = HeaderValue::from_str(&stamp(&coverage)).map_err(|error| internal(&error))?;
    let fixed = HeaderValue::from_static;
    let headers = [
        (CONTENT_TYPE, fixed(media_type(format))),
        (CACHE_CONTROL, fixed("no-cache")),
        (VARY, fixed("accept")),
        (COVERAGE_HEADER, stamp),
    ];
    Ok((headers, rows).into_response())
}

fn ndjson(counts: &[DailyCount]) -> serde_json::Result<Vec<u8>> {
    let mut rows = Vec::new();
    for count in counts {
        serde_json::to_writer(&mut rows, count)?;
        rows.push(b'\n');
    }
    Ok(rows)
}

fn stamp(coverage: &EventCoverage) -> String {
    let EventCoverage { objects, landed_at, received_at, rejected_objects, rejected_records, disagreeing } =
        coverage;
    let at = |at: &Option<DateTime<Utc>>| {
        at.map_or("never".to_owned(), |at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    };
    let [landed_at, received_at] = [landed_at, received_at].map(at);
    format!(
        "objects={objects}, landed_at={landed_at}, received_at={received_at}, rejected_objects={rejected_objects}, \
         rejected_records={rejected_records}, disagreeing={disagreeing}"
    )
}

fn internal(error: &impl ToString) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

impl From<TooManyCounts> for Problem {
    fn from(error: TooManyCounts) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}
