//! Spot prices: the queries of `feed::spot::query` over HTTP.

mod at;
mod cheapest;
mod common;
mod coverage;
mod cursor;
mod pages;
mod pools;
mod prices;
mod stream;
mod summaries;

use std::sync::Arc;

use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::state::Api;
use crate::feed::spot::query::TooMany;

/// The routes, all of which only read.
pub(super) fn queries() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(pools::spot_pools))
        .routes(routes!(prices::spot_prices))
        .routes(routes!(summaries::spot_daily))
        .routes(routes!(summaries::spot_monthly))
        .routes(routes!(at::spot_at))
        .routes(routes!(cheapest::spot_cheapest))
        .routes(routes!(coverage::spot_coverage))
}

impl From<TooMany> for Problem {
    fn from(error: TooMany) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}
