//! Logs each request, but not health checks that succeed, and counts it in the metrics.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::request_id::RequestId;

use super::state::Api;

/// A request in flight. It is logged and counted when it is dropped: also if the client closed the connection before
/// the response.
struct InFlight {
    started: Instant,
    method: Method,
    path: String,
    route: String,
    id: Option<RequestId>,
    status: Option<u16>,
}

/// Logs a request and counts it, by its route: there is no limit to paths.
pub(super) async fn observe(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let mut in_flight = InFlight {
        started: Instant::now(),
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        route: route.map_or("none", MatchedPath::as_str).to_owned(),
        id: request.extensions().get().cloned(),
        status: None,
    };
    metrics::gauge!("landfall_http_requests_in_flight").increment(1);
    let mut response = next.run(request).await;
    in_flight.status = Some(response.status().as_u16());
    if api.is_draining() {
        // The client's next request goes elsewhere, instead of into a connection that is just being closed.
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        // Clients may send any method: these are all that any route has.
        let method = match self.method {
            Method::GET | Method::HEAD | Method::POST | Method::DELETE => self.method.as_str().to_owned(),
            _ => "other".to_owned(),
        };
        let status = self.status.map_or("client_closed".to_owned(), |status| status.to_string());
        let labels = [("method", method), ("route", self.route.clone()), ("status", status)];
        metrics::gauge!("landfall_http_requests_in_flight").decrement(1);
        metrics::counter!("landfall_http_requests_total", &labels).increment(1);
        metrics::histogram!("landfall_http_request_seconds", &labels[..2]).record(elapsed.as_secs_f64());
        if matches!(self.route.as_str(), "/healthz" | "/readyz") && self.status == Some(200) {
            // Balancers ask every few seconds: the log would have little else.
            return;
        }
        let id = self.id.as_ref().and_then(|id| id.header_value().to_str().ok());
        tracing::info!(
            target: "landfall::access",
            method = %self.method,
            path = self.path,
            status = self.status,
            elapsed_ms = elapsed.as_secs_f64() * 1e3,
            request_id = id,
            "request"
        );
    }
}
