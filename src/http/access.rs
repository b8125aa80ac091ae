//! Authorization of requests that write.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::state::Api;

/// Proof that the request had the token.
pub(super) struct Authorized;

impl FromRequestParts<Arc<Api>> for Authorized {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Response> {
        let Some(token) = &api.settings.token else {
            let detail = "this server takes no batches: it was started without LANDFALL_API_TOKEN";
            return Err(Problem::new(StatusCode::FORBIDDEN, detail).into_response());
        };
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let header = header.and_then(|value| value.split_once(' '));
        if header.is_some_and(|(scheme, text)| scheme.eq_ignore_ascii_case("bearer") && token.is(text.trim()))
        {
            return Ok(Self);
        }
        let detail = "send the server's token: Authorization: Bearer TOKEN";
        let mut response = Problem::new(StatusCode::UNAUTHORIZED, detail).into_response();
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        Err(response)
    }
}
