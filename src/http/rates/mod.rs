//! Freight rates: averages for a lane and day, and the batches that prices come in.

mod answer;
mod batch;
mod batches;
mod encoding;
mod query;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::state::Api;

/// What can be asked: answered soon, or not at all.
pub(super) fn questions() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(answer::rates))
}

/// What can be sent, which takes as long as it takes.
pub(super) fn batches() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(batches::post)).routes(routes!(batches::get, batches::delete))
}
