//! The query of the page.

use std::collections::BTreeMap;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::NaiveDate;

use crate::feed::events::query::EventFilter;
use crate::http::parameters::parse_date;
use crate::http::problem::Problem;

/// The parameters of the page. Errors are shown beside the fields of the form.
#[derive(Clone, Debug, Default)]
pub(in crate::http::page) struct EventsQuery {
    pub(super) filter: EventFilter,
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    /// The text of each field.
    pub(super) texts: BTreeMap<String, String>,
    /// The errors of fields.
    pub(super) errors: Vec<(&'static str, String)>,
}

impl<S: Send + Sync> FromRequestParts<S> for EventsQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let given: Result<_, QueryRejection> = Query::from_request_parts(parts, state).await;
        let Query(given) = given.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
        Ok(Self::read(given))
    }
}

impl EventsQuery {
    /// Reads the parameters of the query. Empty fields of the form count as missing.
    fn read(texts: BTreeMap<String, String>) -> Self {
        let text =
            |name: &str| texts.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut errors = Vec::new();
        let mut date = |name| {
            let text = text(name)?;
            let date = parse_date(&text);
            if date.is_none() {
                errors.push((name, format!("“{text}” is not a date: write YYYY-MM-DD")));
            }
            date
        };
        let (from, to) = (date("from"), date("to"));
        let mut name = |name| {
            let text = text(name)?;
            if text.contains('\0') {
                errors.push((name, "it has a NUL character".to_owned()));
            }
            Some(text)
        };
        let filter = EventFilter { event: name("event"), device: name("device") };
        Self { filter, from, to, texts, errors }
    }

    /// The status of a response to the query.
    pub(super) fn status(&self) -> StatusCode {
        if self.errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST }
    }
}
