//! The page at `/`, for people.
//!
//! Everything is in the address: what is shown can be linked to. It works without scripts, which only draw the chart
//! finer and change it in place. No other host is asked for anything.

mod assets;
mod calendar;
mod chart;
mod cheapest;
mod figure;
mod form;
mod format;
mod layout;
mod ledger;
mod ledger_summary;
mod question;
mod state;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use chrono::Utc;

use self::question::Question;
pub(super) use self::state::PageState;
use super::problem::Problem;
use super::state::Api;

/// What the page may do: use what this server sends, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The page, its charts and what they are made with.
pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/", get(page))
        .route("/chart.svg", get(chart::svg))
        .route("/chart.png", get(chart::png))
        .route("/assets/{version}/{name}", get(assets::asset))
}

async fn page(State(api): State<Arc<Api>>, question: Question) -> Result<Response, Problem> {
    let now = Utc::now();
    let made = state::make(&api, question, now, move |view| {
        (view.question.faults.is_empty(), layout::page(view, now).into_string())
    });
    let (well, html) = made.await?;
    let status = if well { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((status, headers, Html(html)).into_response())
}
