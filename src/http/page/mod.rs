//! The web page at `/`.
//!
//! All state is in the URL, so every view can be linked to. It works without scripts, which only draw an
//! interactive chart. Nothing is loaded from other hosts.

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
mod page_query;
mod render;
mod state;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use chrono::Utc;

use self::page_query::PageQuery;
use self::render::render;
pub(super) use self::state::PageState;
use super::problem::Problem;
use super::state::Api;

/// The page may only load from this server.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The page, its charts and its assets.
pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/", get(page))
        .route("/chart.svg", get(chart::svg))
        .route("/chart.png", get(chart::png))
        .route("/assets/{version}/{name}", get(assets::asset))
}

async fn page(State(api): State<Arc<Api>>, query: PageQuery) -> Result<Response, Problem> {
    let now = Utc::now();
    let rendered =
        render(&api, query, now, move |view| (view.query.status(), layout::page(view, now).into_string()));
    let (status, html) = rendered.await?;
    let headers = [
        (CONTENT_SECURITY_POLICY, CSP),
        (CACHE_CONTROL, "no-cache"),
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((status, headers, Html(html)).into_response())
}
