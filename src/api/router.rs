//! Every route, and what is done to each request and answer.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::HeaderName;
use axum::response::IntoResponse;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::state::Api;
use super::{docs, health, rates, spot, telemetry};

/// How long an answer may take. A batch may take longer: it has a limit of its own.
const TIMEOUT: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The router of a server.
pub(super) fn router(api: Arc<Api>) -> Router {
    let (router, description) = OpenApiRouter::with_openapi(docs::description())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .merge(rates::questions())
        .merge(spot::questions())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .merge(rates::batches())
        .split_for_parts();
    router
        .merge(docs::page(docs::with_problems(description)))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is nothing here: see /docs"))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here: see /docs")
        })
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(|_| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "a fault of the server's: its log says more")
                .into_response()
        }))
        .layer(middleware::from_fn_with_state(api.clone(), telemetry::observe))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .with_state(api)
}
