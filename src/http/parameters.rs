//! Parameters of a query, and their errors.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::NaiveDate;

use super::problem::{FieldError, Problem};

/// The errors of a query.
#[derive(Default)]
pub(super) struct FieldErrors(Vec<FieldError>);

impl FieldErrors {
    pub(super) fn add(&mut self, parameter: impl Into<Cow<'static, str>>, detail: impl Into<String>) {
        self.0.push(FieldError {
            parameter: Some(parameter.into()),
            detail: detail.into(),
            ..FieldError::default()
        });
    }

    /// Parses the date of a parameter. If the text is not a date, adds an error and returns an arbitrary date.
    pub(super) fn date(&mut self, parameter: &'static str, text: &str) -> NaiveDate {
        parse_date(text).unwrap_or_else(|| {
            self.add(parameter, format!("`{text}` is not a date: write YYYY-MM-DD"));
            NaiveDate::default()
        })
    }

    /// Whether a parameter has an error.
    pub(super) fn has(&self, parameter: &str) -> bool {
        self.0.iter().any(|error| error.parameter.as_deref() == Some(parameter))
    }

    /// All errors as one problem, if there are any.
    pub(super) fn check(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            return Ok(());
        }
        let errors: Vec<String> = self
            .0
            .iter()
            .map(|error| format!("{}: {}", error.parameter.as_deref().unwrap_or_default(), error.detail))
            .collect();
        Err(Problem::new(StatusCode::BAD_REQUEST, errors.join("; ")).with_errors(self.0))
    }
}

/// The parameters of a query, which handlers take one by one. Those that remain are errors: a misspelt filter must
/// not be ignored.
pub(super) struct QueryParameters {
    given: BTreeMap<String, String>,
    pub(super) errors: FieldErrors,
}

impl<S: Send + Sync> FromRequestParts<S> for QueryParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let pairs: Result<Query<Vec<(String, String)>>, QueryRejection> =
            Query::from_request_parts(parts, state).await;
        let Query(pairs) = pairs.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
        let (mut given, mut errors) = (BTreeMap::new(), FieldErrors::default());
        for (name, value) in pairs {
            if given.insert(name.clone(), value).is_some() {
                errors.add(name, "it is given more than once: write it once");
            }
        }
        Ok(Self { given, errors })
    }
}

impl QueryParameters {
    /// Takes the text of a parameter, if it is given.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.given.remove(name)
    }

    /// Takes and parses a parameter; `read` returns the error of an invalid text.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.take(name)?;
        read(&text).map_err(|error| self.errors.add(name, error)).ok()
    }

    /// All errors as one problem, unknown parameters included, if there are any.
    pub(super) fn check(mut self) -> Result<(), Problem> {
        for name in self.given.into_keys() {
            self.errors.add(name, "unknown parameter: see /docs");
        }
        self.errors.check()
    }
}

/// Parses year, month and day separated by hyphens; leading zeros of month and day may be missing.
pub(super) fn parse_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('-').map(|part| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        (digits && part.len() <= 4).then(|| part.parse::<u16>().ok()).flatten()
    });
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Postgres has no year 0.
    (parts.next().is_none() && year > 0)
        .then(|| NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_parsed_strictly() {
        for (text, read) in [
            ("2021-01-31", Some((2021, 1, 31))),
            ("2021-1-1", Some((2021, 1, 1))),
            ("20210103", None),
            ("2021-02-30", None),
            ("2021-01-01T00:00:00", None),
            ("2021-01-01 ", None),
            ("2021-01-01-01", None),
            ("-2021-01-01", None),
            ("0000-01-01", None),
            ("12021-01-01", None),
            ("2021-+1-01", None),
            ("2021-01", None),
            ("", None),
        ] {
            assert_eq!(
                parse_date(text),
                read.and_then(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d)),
                "{text}"
            );
        }
    }
}
