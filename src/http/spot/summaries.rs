//! `GET /v1/spot/daily` and `/v1/spot/monthly`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{cursor, question};
use crate::feed::spot::query::{DumpCoverage, Interval, Summary, coverage, summaries};
use crate::http::parameters::Asked;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// Summaries, a page at a time.
#[derive(Serialize, ToSchema)]
struct SpotSummaries {
    /// The dumps it rests on: of all days asked for and all accounts concerned.
    coverage: DumpCoverage,
    /// By number of the pool and time.
    summaries: Vec<Summary>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// Time-weighted average, open, close, low and high of each pool and day.
///
/// Days without data are there, too: their prices are null.
#[utoipa::path(get, path = "/v1/spot/daily", tag = "spot",
    params(question::Pools, question::Region, question::Days, question::Enough, question::Page), responses(
    (status = OK, description = "a page of summaries", body = SpotSummaries),
    (status = NOT_MODIFIED, description = "the same as the answer with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the question cannot be read, or is about too much"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_daily(
    State(api): State<Arc<Api>>,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&api, asked, &headers, |interval| interval.days().map(Interval::day).collect()).await
}

/// Time-weighted average, open, close, low and high of each pool and calendar month, within the days asked for.
#[utoipa::path(get, path = "/v1/spot/monthly", tag = "spot",
    params(question::Pools, question::Region, question::Days, question::Enough, question::Page), responses(
    (status = OK, description = "a page of summaries", body = SpotSummaries),
    (status = NOT_MODIFIED, description = "the same as the answer with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the question cannot be read, or is about too much"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_monthly(
    State(api): State<Arc<Api>>,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(&api, asked, &headers, |interval| interval.months().collect()).await
}

async fn answer(
    api: &Api,
    mut asked: Asked,
    headers: &HeaderMap,
    periods: fn(Interval) -> Vec<Interval>,
) -> Result<Response, Problem> {
    let filter = question::pools_of_region(&mut asked);
    let interval = question::days(&mut asked);
    let fewest = question::enough(&mut asked);
    let limit = question::page(&mut asked);
    let after = asked.read("cursor", cursor::read);
    asked.check()?;
    let periods = periods(interval);
    let (coverage, summaries) = api
        .spot_readers
        .read(move |connection| {
            let region = filter.region.as_deref();
            let markets = match coverage(connection, filter.account.as_deref(), region, interval)? {
                Ok(markets) => markets,
                Err(too_many) => return Ok(Err(too_many)),
            };
            let summaries = summaries(connection, &filter, &periods, after, limit, fewest)?;
            Ok(Ok((DumpCoverage::of(&markets), summaries)))
        })
        .await??;
    let next = cursor::next(&summaries, limit, |summary| (summary.pool.id, summary.from));
    tagged(headers, &SpotSummaries { coverage, summaries, next })
}
