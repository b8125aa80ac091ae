//! Errors as `application/problem+json` (RFC 9457).

use std::borrow::Cow;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::log_throttle::LogThrottle;
use crate::db::ReadError;

/// Seconds after which a client that was throttled should retry.
const RETRY_AFTER_SECONDS: u32 = 1;

/// An error as `application/problem+json` (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// The status code.
    #[schema(example = 400)]
    status: u16,
    /// What the status code means.
    #[schema(example = "Bad Request")]
    title: &'static str,
    /// What is wrong, and what to do.
    #[schema(example = "date_from is missing: write YYYY-MM-DD")]
    detail: String,
    /// The first errors, one by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// One error of a request.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct FieldError {
    /// The parameter of the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parameter: Option<Cow<'static, str>>,
    /// Index of the record in the batch, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) record: Option<u64>,
    /// Field of the record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<&'static str>,
    /// What is wrong with it.
    pub(super) detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or("Error"),
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// Whether the status is 4xx.
    pub(super) fn is_client_error(&self) -> bool {
        (400..500).contains(&self.status)
    }

    pub(super) fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }
}

/// A database that is down fails a thousand requests a second: they need not log a thousand lines.
static UNAVAILABLE_LOG: LogThrottle = LogThrottle::new();

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        let unavailable = |detail| Self::new(StatusCode::SERVICE_UNAVAILABLE, detail);
        // The message of the database is only logged: it may have details that a client should not see.
        match error {
            ReadError::Busy | ReadError::Unreachable(_) | ReadError::Transient(_) => {
                if let Some(suppressed) = UNAVAILABLE_LOG.pass() {
                    tracing::error!(%error, suppressed, "cannot respond");
                }
                unavailable(match error {
                    ReadError::Busy => "all database connections are in use: retry later",
                    _ => "the database cannot be reached now: try again",
                })
            }
            ReadError::TooLong | ReadError::TooSlow => {
                tracing::error!(%error, "cannot respond");
                unavailable("the response takes too long: query less, or retry later")
            }
            ReadError::Failed(_) => {
                tracing::error!(%error, "cannot respond");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the query failed")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let json = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(CONTENT_TYPE, json)], body).into_response();
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS.into());
        }
        response
    }
}
