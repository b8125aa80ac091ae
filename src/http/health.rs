//! Liveness, readiness and metrics.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use super::state::Api;
use crate::db;

/// The state of the server.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// `alive` or `ready`.
    #[schema(example = "ready")]
    status: &'static str,
}

/// Liveness: the process responds.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = OK, description = "it is alive", body = Health)))]
pub(super) async fn healthz() -> Json<Health> {
    Json(Health { status: "alive" })
}

/// Readiness: the database responds, and its schema is up to date.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = OK, description = "send requests", body = Health),
    (status = SERVICE_UNAVAILABLE, description = "send no requests now"),
))]
pub(super) async fn readyz(State(api): State<Arc<Api>>) -> Result<Json<Health>, Problem> {
    let unready = |detail: &str| Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
    if api.is_draining() {
        return unready("the server is shutting down");
    }
    match api.probe.read_at_once(db::is_current).await {
        Ok(true) => Ok(Json(Health { status: "ready" })),
        Ok(false) => unready("the schema is not up to date: run `landfall migrate`"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            unready("the database does not respond")
        }
    }
}

/// Metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = OK, description = "all metrics", body = String, content_type = "text/plain")))]
pub(super) async fn metrics(State(api): State<Arc<Api>>) -> impl IntoResponse {
    let (size, in_use) = api.readers.usage();
    metrics::gauge!("landfall_database_connections").set(size as f64);
    metrics::gauge!("landfall_database_connections_in_use").set(in_use as f64);
    let (size, in_use) = api.long_readers.usage();
    metrics::gauge!("landfall_spot_database_connections").set(size as f64);
    metrics::gauge!("landfall_spot_database_connections_in_use").set(in_use as f64);
    let (size, in_use) = api.streams.usage();
    metrics::gauge!("landfall_stream_database_connections").set(size as f64);
    metrics::gauge!("landfall_stream_database_connections_in_use").set(in_use as f64);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], api.metrics.render())
}
