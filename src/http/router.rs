//! Every route, and the layers around them.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::HeaderName;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Router, middleware};
use tokio::time::timeout;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Problem;
use super::state::Api;
use super::{access_log, assets, events, health, openapi, page, rates, spot};

/// How long a response may take. A batch may take longer: it has its own limit.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The router of a server.
pub(super) fn router(api: Arc<Api>) -> Router {
    let (router, description) = OpenApiRouter::with_openapi(openapi::description())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .merge(rates::queries())
        .merge(spot::queries())
        .merge(events::queries())
        .layer(middleware::from_fn(in_time))
        .merge(rates::batches())
        .split_for_parts();
    router
        .merge(page::routes().layer(middleware::from_fn(in_time)))
        .merge(openapi::routes(openapi::with_problems(description)))
        .merge(assets::routes())
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "there is nothing here: see /docs"))
        .method_not_allowed_fallback(async || {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this cannot be done here: see /docs")
        })
        .layer(CompressionLayer::new())
        // Inside the log, so that it has these requests too, with their status.
        .layer(CatchPanicLayer::custom(server_error))
        .layer(middleware::from_fn_with_state(api.clone(), access_log::observe))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        // Around everything: a layer that panics, logging for instance, must not cost the client its response.
        .layer(CatchPanicLayer::custom(server_error))
        .with_state(api)
}

fn server_error(_: Box<dyn Any + Send>) -> Response {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error: see the log of the server")
        .into_response()
}

async fn in_time(request: Request, next: Next) -> Result<Response, Problem> {
    timeout(RESPONSE_TIMEOUT, next.run(request)).await.map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the response takes too long: query less, or retry later",
        )
    })
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::db::DatabaseUrl;
    use crate::http::Settings;

    /// A log layer that panics on every event.
    struct Broken;

    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Broken {
        fn on_event(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            panic!("the log is broken");
        }
    }

    #[tokio::test]
    async fn a_log_that_panics_costs_no_request_its_response() {
        use tracing_subscriber::layer::SubscriberExt;
        let url = DatabaseUrl::parse("postgres://127.0.0.1:1/d").unwrap();
        let settings = Settings {
            readers: 1,
            uploads: 1,
            max_batch_bytes: 1,
            drain_period: Duration::ZERO,
            token: None,
        };
        let api = Arc::new(Api::new(url, settings).unwrap());
        let _log = tracing::subscriber::set_default(tracing_subscriber::registry().with(Broken));
        for path in ["/rates", "/nothing"] {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let response = router(api.clone()).oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            assert_eq!(response.headers()["content-type"], "application/problem+json");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_that_takes_too_long_is_given_up_with_a_reason() {
        let router: Router =
            Router::new().route("/", get(std::future::pending::<()>)).layer(middleware::from_fn(in_time));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "1");
        let body = to_bytes(response.into_body(), 1000).await.unwrap();
        insta::assert_snapshot!(
            String::from_utf8_lossy(&body),
            @r#"{"status":503,"title":"Service Unavailable","detail":"the response takes too long: query less, or retry later"}"#
        );
    }
}
