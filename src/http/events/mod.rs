//! Application events: the queries of `feed::events::query` over HTTP.

mod daily;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::state::Api;

/// The routes, all of which only read.
pub(super) fn queries() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new().routes(routes!(daily::events_daily))
}
