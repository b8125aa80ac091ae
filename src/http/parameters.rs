//! Parameters of a query, and all that is wrong with them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::NaiveDate;

use super::problem::{Fault, Problem};

/// What is wrong with a question.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, parameter: impl Into<Cow<'static, str>>, detail: impl Into<String>) {
        self.0.push(Fault { parameter: Some(parameter.into()), detail: detail.into(), ..Fault::default() });
    }

    /// The day that a parameter names; any day, and a fault, where it names none.
    pub(super) fn day(&mut self, parameter: &'static str, text: &str) -> NaiveDate {
        day(text).unwrap_or_else(|| {
            self.add(parameter, format!("`{text}` is not a date: write YYYY-MM-DD"));
            NaiveDate::default()
        })
    }

    /// Whether anything is wrong with a parameter.
    pub(super) fn has(&self, parameter: &str) -> bool {
        self.0.iter().any(|fault| fault.parameter.as_deref() == Some(parameter))
    }

    /// Whether nothing is wrong; else all that is.
    pub(super) fn check(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            return Ok(());
        }
        let wrong: Vec<String> = self
            .0
            .iter()
            .map(|fault| format!("{}: {}", fault.parameter.as_deref().unwrap_or_default(), fault.detail))
            .collect();
        Err(Problem::new(StatusCode::BAD_REQUEST, wrong.join("; ")).with(self.0))
    }
}

/// The parameters of a query as they are taken, one by one. Those that nobody takes are faults:
/// a misspelt filter must not be answered as if it were not there.
pub(super) struct Asked {
    given: BTreeMap<String, String>,
    pub(super) faults: Faults,
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let pairs: Result<Query<Vec<(String, String)>>, QueryRejection> =
            Query::from_request_parts(parts, state).await;
        let Query(pairs) = pairs.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
        let (mut given, mut faults) = (BTreeMap::new(), Faults::default());
        for (name, value) in pairs {
            if given.insert(name.clone(), value).is_some() {
                faults.add(name, "it is there more than once: write it once");
            }
        }
        Ok(Self { given, faults })
    }
}

impl Asked {
    /// The text of a parameter, if it is there.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        self.given.remove(name)
    }

    /// A parameter that is read by a function, which says what to write where it cannot.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.take(name)?;
        read(&text).map_err(|wrong| self.faults.add(name, wrong)).ok()
    }

    /// Whether the question can be answered; else all that is wrong with it.
    pub(super) fn check(mut self) -> Result<(), Problem> {
        for name in self.given.into_keys() {
            self.faults.add(name, "unknown parameter: see /docs");
        }
        self.faults.check()
    }
}

/// Reads year, month and day parted by hyphens; leading zeros of month and day may be missing.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('-').map(|part| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        (digits && part.len() <= 4).then(|| part.parse::<u16>().ok()).flatten()
    });
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    // Postgres and ISO 8601 know no year 0.
    (parts.next().is_none() && year > 0)
        .then(|| NaiveDate::from_ymd_opt(year.into(), month.into(), day.into()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_strictly() {
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
            assert_eq!(day(text), read.and_then(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d)), "{text}");
        }
    }
}
