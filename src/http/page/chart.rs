//! The chart of the page as an image.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::Utc;

use super::page_query::PageQuery;
use super::render::render;
use crate::chart::{self, Chart, DrawError};
use crate::http::problem::Problem;
use crate::http::state::Api;

/// An image has its own colours, and loads nothing.
const CSP: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) async fn svg(State(api): State<Arc<Api>>, query: PageQuery) -> Result<Response, Problem> {
    image(&api, query, "image/svg+xml", |chart| Ok(chart::svg(chart).into_bytes())).await
}

pub(super) async fn png(State(api): State<Arc<Api>>, query: PageQuery) -> Result<Response, Problem> {
    image(&api, query, "image/png", chart::png).await
}

/// The chart of the page with these parameters.
async fn image(
    api: &Arc<Api>,
    query: PageQuery,
    kind: &'static str,
    draw: fn(&Chart) -> Result<Vec<u8>, DrawError>,
) -> Result<Response, Problem> {
    let drawn = render(api, query, Utc::now(), move |view| {
        (
            view.query.status(),
            view.query.errors.clone(),
            view.result.as_ref().map(|result| draw(&result.chart)),
        )
    });
    let (status, errors, drawn) = drawn.await?;
    let messages: Vec<String> = errors.iter().map(|(field, error)| format!("{field}: {error}")).collect();
    if !messages.is_empty() {
        return Err(Problem::new(status, messages.join("; ")));
    }
    let nothing =
        || Problem::new(StatusCode::NOT_FOUND, "nothing has landed there yet: landfall import SOURCE");
    let bytes = drawn.ok_or_else(nothing)?.map_err(|error| {
        tracing::error!(%error, "cannot draw");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the chart cannot be drawn: the log says why")
    })?;
    let headers = [(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, CSP), (CACHE_CONTROL, "no-cache")];
    Ok((headers, bytes).into_response())
}
