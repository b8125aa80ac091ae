//! The web page at `/events`.

mod charts;
mod counts;
mod dead_letters;
mod form;
mod layout;
mod query;
mod view;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use chrono::Utc;

use self::query::EventsQuery;
use crate::http::assets::page_headers;
use crate::http::problem::Problem;
use crate::http::state::Api;

pub(super) async fn page(State(api): State<Arc<Api>>, query: EventsQuery) -> Result<Response, Problem> {
    let now = Utc::now();
    let permit = api.page.acquire().await?;
    let rendered = api.long_readers.read(move |connection| {
        // Held until the end, even if the client does not wait any more.
        let _permit = &permit;
        let view = view::load(connection, &query, now)?;
        Ok((view.query.status(), layout::page(&view, now).into_string()))
    });
    let (status, html) = rendered.await?;
    Ok((status, page_headers("'self'"), Html(html)).into_response())
}
