//! `GET /v1/spot/at`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{common, cursor};
use crate::feed::spot::query::{DumpCoverage, Interval, PriceAt, at, coverage, pools};
use crate::http::parameters::QueryParameters;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// An instant.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
struct Instant {
    /// An instant in RFC 3339.
    #[param(example = "2026-11-03T12:00:00Z", format = DateTime)]
    time: String,
}

/// A page of prices at an instant.
#[derive(Serialize, ToSchema)]
struct SpotPricesAt {
    /// The dumps of the day, one of each matching account and region.
    coverage: DumpCoverage,
    /// The instant.
    time: DateTime<Utc>,
    /// By pool id.
    prices: Vec<PriceAt>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// The price of each pool at an instant.
///
/// It is known where the day's dump has landed and the pool's last record is not older than 36 hours. With
/// `min_coverage=0`, such a record counts even if the day's dump has not landed.
#[utoipa::path(get, path = "/v1/spot/at", tag = "spot",
    params(Instant, common::Pools, common::AnyRegion, common::MinCoverage, common::Page), responses(
    (status = OK, description = "a page of prices", body = SpotPricesAt),
    (status = NOT_MODIFIED, description = "the same as the response with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the query is invalid or too large"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_at(
    State(api): State<Arc<Api>>,
    mut parameters: QueryParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = common::pools(&mut parameters);
    let time = common::instant(&mut parameters, "time").unwrap_or_default();
    let min_coverage = common::min_coverage(&mut parameters);
    let limit = common::page_size(&mut parameters);
    let after = parameters.read("cursor", cursor::read);
    parameters.check()?;
    let (coverage, prices) = api
        .long_readers
        .read(move |connection| {
            let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
            let markets = match coverage(connection, account, region, Interval::day(time.date_naive()))? {
                Ok(markets) => markets,
                Err(too_many) => return Ok(Err(too_many)),
            };
            let pools = pools(connection, &filter, after, limit)?;
            let prices = at(connection, &pools, &markets, time, min_coverage)?;
            Ok(Ok((DumpCoverage::of(&markets), prices)))
        })
        .await??;
    let next = cursor::next(&prices, limit, |price| price.pool.id);
    tagged(&headers, &SpotPricesAt { coverage, time, prices, next })
}
