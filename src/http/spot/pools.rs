//! `GET /v1/spot/pools`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{common, cursor};
use crate::feed::spot::query::{Pool, pools};
use crate::http::parameters::QueryParameters;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// A page of pools.
#[derive(Serialize, ToSchema)]
struct SpotPools {
    /// By pool id.
    pools: Vec<Pool>,
    /// Cursor of the next page; null on the last.
    next: Option<String>,
}

/// The pools: a zone, an instance type and a product of an account and region.
#[utoipa::path(get, path = "/v1/spot/pools", tag = "spot",
    params(common::Pools, common::AnyRegion, common::Page), responses(
    (status = OK, description = "a page of pools", body = SpotPools),
    (status = NOT_MODIFIED, description = "the same as the response with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the query is invalid"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_pools(
    State(api): State<Arc<Api>>,
    mut parameters: QueryParameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = common::pools(&mut parameters);
    let limit = common::page_size(&mut parameters);
    let after: Option<i32> = parameters.read("cursor", cursor::read);
    parameters.check()?;
    let pools =
        api.long_readers.read_at_once(move |connection| pools(connection, &filter, after, limit)).await?;
    let next = cursor::next(&pools, limit, |pool| pool.id);
    tagged(&headers, &SpotPools { pools, next })
}
