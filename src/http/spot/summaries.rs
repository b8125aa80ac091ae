//! `GET /v1/spot/daily` and `/v1/spot/monthly`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{common, cursor};
use crate::feed::spot::query::{DumpCoverage, Interval, Summary, coverage, summaries};
use crate::http::parameters::QueryParameters;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// A page of summaries.
#[derive(Serialize, ToSchema)]
struct SpotSummaries {
    /// The dumps of all queried days and matching accounts.
    coverage: DumpCoverage,
    /// By pool id and time.
    summaries: Vec<Summary>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// Time-weighted average, open, close, low and high of each pool and day.
///
/// Days without data are included, with null prices.
#[utoipa::path(get, path = "/v1/spot/daily", tag = "spot",
    params(common::Pools, common::Region, common::Days, common::MinCoverage, common::Page), responses(
    (status = OK, description = "a page of summaries", body = SpotSummaries),
    (status = NOT_MODIFIED, description = "the same as the response with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the query is invalid or too large"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_daily(
    State(api): State<Arc<Api>>,
    parameters: QueryParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    respond(&api, parameters, &headers, |interval| interval.days().map(Interval::day).collect()).await
}

/// Time-weighted average, open, close, low and high of each pool and calendar month, within the queried days.
#[utoipa::path(get, path = "/v1/spot/monthly", tag = "spot",
    params(common::Pools, common::Region, common::Days, common::MinCoverage, common::Page), responses(
    (status = OK, description = "a page of summaries", body = SpotSummaries),
    (status = NOT_MODIFIED, description = "the same as the response with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the query is invalid or too large"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_monthly(
    State(api): State<Arc<Api>>,
    parameters: QueryParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    respond(&api, parameters, &headers, |interval| interval.months().collect()).await
}

async fn respond(
    api: &Api,
    mut parameters: QueryParameters,
    headers: &HeaderMap,
    periods: fn(Interval) -> Vec<Interval>,
) -> Result<Response, Problem> {
    let filter = common::pools_of_region(&mut parameters);
    let interval = common::days(&mut parameters);
    let min_coverage = common::min_coverage(&mut parameters);
    let limit = common::page_size(&mut parameters);
    let after = parameters.read("cursor", cursor::read);
    parameters.check()?;
    let periods = periods(interval);
    let (coverage, summaries) = api
        .long_readers
        .read(move |connection| {
            let region = filter.region.as_deref();
            let markets = match coverage(connection, filter.account.as_deref(), region, interval)? {
                Ok(markets) => markets,
                Err(too_many) => return Ok(Err(too_many)),
            };
            let summaries = summaries(connection, &filter, &periods, after, limit, min_coverage)?;
            Ok(Ok((DumpCoverage::of(&markets), summaries)))
        })
        .await??;
    let next = cursor::next(&summaries, limit, |summary| (summary.pool.id, summary.from));
    tagged(headers, &SpotSummaries { coverage, summaries, next })
}
