//! The page and its charts, rendered for a few requests at once.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::page_query::PageQuery;
use super::view::View;
use crate::db::ReadError;
use crate::http::state::Api;
use crate::ledger::latest_day;

/// Renders the view of a query, with a limit of concurrent requests.
pub(super) async fn render<T: Send + 'static>(
    api: &Arc<Api>,
    query: PageQuery,
    now: DateTime<Utc>,
    render: impl Fn(&View) -> T + Send + 'static,
) -> Result<T, ReadError> {
    let permit = api.page.acquire().await?;
    let page = api.clone();
    api.long_readers
        .read(move |connection| {
            // Held until the end, even if the client does not wait any more.
            let _permit = &permit;
            Ok(render(&*page.page.view(connection, &query, latest_day(now))?))
        })
        .await
}
