//! `GET /v1/spot/coverage`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{common, cursor};
use crate::feed::spot::Market;
use crate::feed::spot::query::{DumpCoverage, MarketDays, PoolFilter, market_days, markets};
use crate::http::parameters::QueryParameters;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// Accounts and regions of a page.
const MAX_MARKETS: usize = 100;

/// A filter of accounts and regions, and a page of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
struct Markets {
    /// AWS account.
    #[param(example = "038520252753", pattern = "^[0-9]{12}$")]
    account: Option<String>,
    /// Accounts and regions of this page at most.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of coverage.
#[derive(Serialize, ToSchema)]
struct SpotCoverage {
    /// The totals of this page.
    coverage: DumpCoverage,
    /// By account and region.
    markets: Vec<MarketDays>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// The state of the dump of each account, region and day.
#[utoipa::path(get, path = "/v1/spot/coverage", tag = "spot",
    params(Markets, common::AnyRegion, common::Days), responses(
    (status = OK, description = "a page of accounts and regions", body = SpotCoverage),
    (status = NOT_MODIFIED, description = "the same as the response with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the query is invalid"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_coverage(
    State(api): State<Arc<Api>>,
    mut parameters: QueryParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = PoolFilter {
        account: parameters.take("account"),
        region: parameters.take("region"),
        ..PoolFilter::default()
    };
    for (name, error) in filter.errors() {
        parameters.errors.add(name, error);
    }
    let interval = common::days(&mut parameters);
    let limit = common::limit(&mut parameters, MAX_MARKETS).unwrap_or(10);
    let after = parameters.read("cursor", |text| {
        let (account_id, region) = cursor::read(text)?;
        Ok(Market { account_id, region })
    });
    parameters.check()?;
    let markets = api
        .long_readers
        .read(move |connection| {
            let (account, region) = (filter.account.as_deref(), filter.region.as_deref());
            let markets = markets(connection, account, region, after.as_ref(), limit)?;
            market_days(connection, markets, interval)
        })
        .await?;
    let next = cursor::next(&markets, limit, |market| (market.account_id.clone(), market.region.clone()));
    tagged(&headers, &SpotCoverage { coverage: DumpCoverage::of(&markets), markets, next })
}
