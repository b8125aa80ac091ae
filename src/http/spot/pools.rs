//! `GET /v1/spot/pools`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{cursor, question};
use crate::feed::spot::query::{Pool, pools};
use crate::http::parameters::Asked;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// Pools, a page at a time.
#[derive(Serialize, ToSchema)]
struct SpotPools {
    /// By number.
    pools: Vec<Pool>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// What has a spot price of its own: a zone, an instance type and a product of an account and region.
#[utoipa::path(get, path = "/v1/spot/pools", tag = "spot",
    params(question::Pools, question::AnyRegion, question::Page), responses(
    (status = OK, description = "a page of pools", body = SpotPools),
    (status = NOT_MODIFIED, description = "the same as the answer with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the question cannot be read"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_pools(
    State(api): State<Arc<Api>>,
    mut asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = question::pools(&mut asked);
    let limit = question::page(&mut asked);
    let after: Option<i32> = asked.read("cursor", cursor::read);
    asked.check()?;
    let pools =
        api.spot_readers.read_at_once(move |connection| pools(connection, &filter, after, limit)).await?;
    let next = cursor::next(&pools, limit, |pool| pool.id);
    tagged(&headers, &SpotPools { pools, next })
}
