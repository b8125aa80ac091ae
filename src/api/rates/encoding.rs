//! How a body is packed.

use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use tower_http::decompression::RequestDecompressionLayer;
use utoipa::ToSchema;

use crate::api::problem::Problem;

/// How a body may be packed.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it only describes")]
pub(super) enum Encoding {
    Gzip,
    Identity,
}

/// Unpacks bodies, and takes the header away. What it cannot unpack is left as it is, for [`check`] to find.
pub(super) fn unpack() -> RequestDecompressionLayer {
    RequestDecompressionLayer::new().pass_through_unaccepted(true)
}

/// The answer to a body that is still packed.
pub(super) fn check(headers: &HeaderMap) -> Result<(), Response> {
    let packed = headers.get_all(CONTENT_ENCODING).iter().any(|encoding| encoding != "identity");
    if !packed {
        return Ok(());
    }
    let detail = "send the body as it is, or packed with gzip and `Content-Encoding: gzip`";
    let mut response = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into_response();
    response.headers_mut().insert(ACCEPTED.0, ACCEPTED.1);
    Err(response)
}

/// What RFC 9110 wants said with such an answer.
const ACCEPTED: (HeaderName, HeaderValue) = (ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
