//! Freight rates: averages for a route and day, and batches of prices.

mod averages;
mod batch;
mod batches;
mod encoding;
mod rate_query;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::state::Api;

/// The routes that only read, within a time limit.
pub(super) fn queries() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(averages::rates))
}

/// The routes of batches, which have their own time limits.
pub(super) fn batches() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(batches::post)).routes(routes!(batches::get, batches::delete))
}
