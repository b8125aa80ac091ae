//! `GET /v1/spot/coverage`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{cursor, question};
use crate::feed::spot::Market;
use crate::feed::spot::query::{DumpCoverage, MarketDays, PoolFilter, market_days, markets};
use crate::http::parameters::Asked;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// The most accounts and regions on a page.
const MOST: usize = 100;

/// Which accounts and regions.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
struct Markets {
    /// AWS account.
    #[param(example = "038520252753", pattern = "^[0-9]{12}$")]
    account: Option<String>,
    /// The most accounts and regions on this page.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// What became of the dumps of days, a page at a time.
#[derive(Serialize, ToSchema)]
struct SpotCoverage {
    /// What this page comes to.
    coverage: DumpCoverage,
    /// By account and region.
    markets: Vec<MarketDays>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// What became of the dump of each account, region and day.
#[utoipa::path(get, path = "/v1/spot/coverage", tag = "spot",
    params(Markets, question::AnyRegion, question::Days), responses(
    (status = OK, description = "a page of accounts and regions", body = SpotCoverage),
    (status = NOT_MODIFIED, description = "the same as the answer with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the question cannot be read"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_coverage(
    State(api): State<Arc<Api>>,
    mut asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter =
        PoolFilter { account: asked.take("account"), region: asked.take("region"), ..PoolFilter::default() };
    for (name, wrong) in filter.faults() {
        asked.faults.add(name, wrong);
    }
    let interval = question::days(&mut asked);
    let limit = question::limit(&mut asked, MOST).unwrap_or(10);
    let after = asked.read("cursor", |text| {
        let (account_id, region) = cursor::read(text)?;
        Ok(Market { account_id, region })
    });
    asked.check()?;
    let markets = api
        .spot_readers
        .read(move |connection| {
            let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
            let markets = markets(connection, account, region, after.as_ref(), limit)?;
            market_days(connection, markets, interval)
        })
        .await?;
    let next = cursor::next(&markets, limit, |market| (market.account_id.clone(), market.region.clone()));
    tagged(&headers, &SpotCoverage { coverage: DumpCoverage::of(&markets), markets, next })
}
