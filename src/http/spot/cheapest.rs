//! `GET /v1/spot/cheapest`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use utoipa::IntoParams;

use super::common;
use crate::feed::spot::query::{Cheapest, Decimal, Ranking, cheapest_of};
use crate::http::parameters::QueryParameters;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// Pools returned: each needs all its records.
const MAX_POOLS: usize = 100;

/// How to rank.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
struct RankingParameters {
    /// A price in US dollars an hour: `within_budget` is the ratio of the time for which a pool is not above it.
    #[param(example = "0.05", pattern = r"^[0-9]{1,8}(\.[0-9]{1,6})?$")]
    budget: Option<String>,
    /// Pools returned at most.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<u16>,
}

/// The cheapest pools over some days, by their time-weighted averages.
#[utoipa::path(get, path = "/v1/spot/cheapest", tag = "spot",
    params(common::Pools, common::Region, common::Days, common::MinCoverage, RankingParameters), responses(
    (status = OK, description = "the cheapest pools", body = Cheapest),
    (status = NOT_MODIFIED, description = "the same as the response with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the query is invalid or too large"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_cheapest(
    State(api): State<Arc<Api>>,
    mut parameters: QueryParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = common::pools_of_region(&mut parameters);
    let interval = common::days(&mut parameters);
    let min_coverage = common::min_coverage(&mut parameters);
    let limit = common::limit(&mut parameters, MAX_POOLS).unwrap_or(10);
    let budget = parameters.read("budget", |text| {
        Decimal::parse(text).map_err(|error| format!("{error}: write dollars an hour such as 0.05"))
    });
    parameters.check()?;
    let ranking = Ranking { budget, limit, min_coverage };
    let response = api
        .long_readers
        .read(move |connection| cheapest_of(connection, &filter, interval, &ranking))
        .await??;
    tagged(&headers, &response)
}
