//! Responses with an ETag, which caches must revalidate.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::Problem;
use crate::hex::hex;
use crate::sha256::Sha256;

/// The response as JSON with its hash as ETag, or 304 if the client has it.
pub(super) fn tagged(headers: &HeaderMap, data: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_string(data)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let hash = short_hex(&Sha256::digest(&body));
    // Weak, as the same response may be sent compressed.
    let etag = format!("W/\"{hash}\"");
    let cached = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // More may land at any time: a cached response has to be revalidated, but not sent again.
    let about = [(ETAG, etag.clone()), (CACHE_CONTROL, "no-cache".to_owned())];
    let same =
        |tag: &str| tag.trim() == "*" || tag.trim().trim_start_matches("W/") == etag.trim_start_matches("W/");
    if cached.is_some_and(|tags| tags.split(',').any(same)) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(CONTENT_TYPE, "application/json")], body).into_response())
}

/// The first eight bytes of a hash: enough to tell versions apart.
pub(super) fn short_hex(hash: &[u8]) -> String {
    hex(&hash[..8])
}
