//! `GET /v1/spot/at`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{cursor, question};
use crate::feed::spot::query::{DumpCoverage, Interval, PriceAt, at, coverage, pools};
use crate::http::parameters::Asked;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// Which instant.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
struct Instant {
    /// The instant, as RFC 3339 writes it.
    #[param(example = "2026-11-03T12:00:00Z", format = DateTime)]
    time: String,
}

/// Prices at an instant, a page at a time.
#[derive(Serialize, ToSchema)]
struct SpotPricesAt {
    /// The dumps it rests on: one of each account and region concerned.
    coverage: DumpCoverage,
    /// The instant.
    time: DateTime<Utc>,
    /// By number of the pool.
    prices: Vec<PriceAt>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// The price of each pool at an instant.
///
/// It is known where the day's dump has landed and the pool's last record is not older than 36 hours. With
/// `min_coverage=0`, such a record is taken where the day's dump has not landed, too.
#[utoipa::path(get, path = "/v1/spot/at", tag = "spot",
    params(Instant, question::Pools, question::AnyRegion, question::Enough, question::Page), responses(
    (status = OK, description = "a page of prices", body = SpotPricesAt),
    (status = NOT_MODIFIED, description = "the same as the answer with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the question cannot be read, or is about too much"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_at(
    State(api): State<Arc<Api>>,
    mut asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = question::pools(&mut asked);
    let time = question::instant(&mut asked, "time").unwrap_or_default();
    let fewest = question::enough(&mut asked);
    let limit = question::page(&mut asked);
    let after = asked.read("cursor", cursor::read);
    asked.check()?;
    let (coverage, prices) = api
        .spot_readers
        .read(move |connection| {
            let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
            let markets = match coverage(connection, account, region, Interval::day(time.date_naive()))? {
                Ok(markets) => markets,
                Err(too_many) => return Ok(Err(too_many)),
            };
            let pools = pools(connection, &filter, after, limit)?;
            let prices = at(connection, &pools, &markets, time, fewest)?;
            Ok(Ok((DumpCoverage::of(&markets), prices)))
        })
        .await??;
    let next = cursor::next(&prices, limit, |price| price.pool.id);
    tagged(&headers, &SpotPricesAt { coverage, time, prices, next })
}
