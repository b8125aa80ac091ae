//! Answers that a cache may keep, as long as it asks whether they still hold.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::problem::Problem;

/// The answer as JSON with its hash for an ETag, or without its body where the client has it.
pub(super) fn tagged(headers: &HeaderMap, answer: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_string(answer)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let hash: String = Sha256::digest(&body)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    // Weak, as the same answer may be sent packed.
    let etag = format!("W/\"{hash}\"");
    let kept = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    // More may land at any time: what is kept has to be asked for again, but not sent again.
    let about = [(ETAG, etag.clone()), (CACHE_CONTROL, "no-cache".to_owned())];
    let same = |kept: &str| {
        kept.trim() == "*" || kept.trim().trim_start_matches("W/") == etag.trim_start_matches("W/")
    };
    if kept.is_some_and(|kept| kept.split(',').any(same)) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(CONTENT_TYPE, "application/json")], body).into_response())
}
