//! The days of a query, and what other required parameters have in common with them.
//!
//! The struct only describes them: they are read from the query one by one.

use chrono::NaiveDate;
use utoipa::IntoParams;

use super::parameters::{QueryParameters, parse_date};
use crate::feed::interval::Interval;

/// Days.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct Days {
    /// First UTC day, `YYYY-MM-DD`.
    #[param(example = "2026-11-01", format = Date)]
    from: String,
    /// Last UTC day, `YYYY-MM-DD`; at most 366 days in all.
    #[param(example = "2026-11-05", format = Date)]
    to: String,
}

/// Reads the days.
pub(super) fn days(parameters: &mut QueryParameters) -> Interval {
    let mut read = |name| {
        required(parameters, name, "YYYY-MM-DD", |text| {
            parse_date(text).ok_or_else(|| format!("`{text}` is not a date: write YYYY-MM-DD"))
        })
    };
    let (Some(from), Some(to)) = (read("from"), read("to")) else {
        return Interval::day(NaiveDate::default());
    };
    Interval::new(from, to).unwrap_or_else(|error| {
        parameters.errors.add("to", error.to_string());
        Interval::day(from)
    })
}

/// Reads a required parameter.
pub(super) fn required<T>(
    parameters: &mut QueryParameters,
    name: &'static str,
    form: &str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    parameters.read(name, read).or_else(|| {
        if !parameters.errors.has(name) {
            parameters.errors.add(name, format!("it is missing: write {form}"));
        }
        None
    })
}
