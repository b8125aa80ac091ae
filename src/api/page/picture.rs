//! The chart of the page as a picture.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::task::spawn_blocking;

use super::question::Question;
use super::view;
use crate::api::problem::Problem;
use crate::api::state::Api;
use crate::chart::{self, Chart};

/// A picture has its own colours, and does nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) async fn svg(
    State(api): State<Arc<Api>>,
    Query(given): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let svg = chart::svg(&drawn(&api, given).await?);
    Ok(picture("image/svg+xml", svg.into_bytes()))
}

pub(super) async fn png(
    State(api): State<Arc<Api>>,
    Query(given): Query<BTreeMap<String, String>>,
) -> Result<Response, Problem> {
    let chart = drawn(&api, given).await?;
    let fault = |detail: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail);
    let png = spawn_blocking(move || chart::png(&chart)).await.map_err(|error| fault(error.to_string()))?;
    Ok(picture("image/png", png.map_err(|error| fault(error.to_string()))?))
}

fn picture(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")];
    (headers, bytes).into_response()
}

/// The chart that the page with these parameters has.
async fn drawn(api: &Api, given: BTreeMap<String, String>) -> Result<Chart, Problem> {
    let question = Question::read(given);
    let view = api.spot_readers.read(move |connection| view::look(connection, &question)).await?;
    let wrong: Vec<String> =
        view.question.faults.iter().map(|(field, fault)| format!("{field}: {fault}")).collect();
    if !wrong.is_empty() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, wrong.join("; ")));
    }
    let nothing =
        || Problem::new(StatusCode::NOT_FOUND, "nothing has landed there yet: landfall import SOURCE");
    Ok(view.answer.ok_or_else(nothing)?.chart)
}
