//! The web pages: spot prices at `/`, events at `/events`.
//!
//! All state is in the URL, so every view can be linked to. It works without scripts, which only draw an
//! interactive chart. Nothing is loaded from other hosts.

mod calendar;
mod chart;
mod cheapest;
mod events;
mod figure;
mod form;
mod format;
mod layout;
mod ledger;
mod ledger_summary;
mod page_query;
mod render;
mod shell;
mod state;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use chrono::Utc;

use self::page_query::PageQuery;
use self::render::render;
pub(super) use self::state::PageState;
use super::assets::page_headers;
use super::problem::Problem;
use super::state::Api;

/// The pages and their charts.
pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route("/", get(page))
        .route("/events", get(events::page))
        .route("/chart.svg", get(chart::svg))
        .route("/chart.png", get(chart::png))
}

async fn page(State(api): State<Arc<Api>>, query: PageQuery) -> Result<Response, Problem> {
    let now = Utc::now();
    let rendered =
        render(&api, query, now, move |view| (view.query.status(), layout::page(view, now).into_string()));
    let (status, html) = rendered.await?;
    Ok((status, page_headers("'self'"), Html(html)).into_response())
}
