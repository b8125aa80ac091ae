//! The chart of the page as a picture.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::Utc;

use super::question::Question;
use super::state;
use crate::chart::{self, Chart, DrawError};
use crate::http::problem::Problem;
use crate::http::state::Api;

/// A picture has its own colours, and does nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) async fn svg(State(api): State<Arc<Api>>, question: Question) -> Result<Response, Problem> {
    picture(&api, question, "image/svg+xml", |chart| Ok(chart::svg(chart).into_bytes())).await
}

pub(super) async fn png(State(api): State<Arc<Api>>, question: Question) -> Result<Response, Problem> {
    picture(&api, question, "image/png", chart::png).await
}

/// The chart that the page with these parameters has.
async fn picture(
    api: &Arc<Api>,
    question: Question,
    kind: &'static str,
    draw: fn(&Chart) -> Result<Vec<u8>, DrawError>,
) -> Result<Response, Problem> {
    let drawn = state::make(api, question, Utc::now(), move |view| {
        (view.question.faults.clone(), view.answer.as_ref().map(|answer| draw(&answer.chart)))
    });
    let (faults, drawn) = drawn.await?;
    let wrong: Vec<String> = faults.iter().map(|(field, fault)| format!("{field}: {fault}")).collect();
    if !wrong.is_empty() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, wrong.join("; ")));
    }
    let nothing =
        || Problem::new(StatusCode::NOT_FOUND, "nothing has landed there yet: landfall import SOURCE");
    let bytes = drawn.ok_or_else(nothing)?.map_err(|error| {
        tracing::error!(%error, "cannot draw");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the chart cannot be drawn: the log says why")
    })?;
    let headers = [(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")];
    Ok((headers, bytes).into_response())
}
