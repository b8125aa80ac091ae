//! What is asked of `/rates`.

use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::problem::{Fault, Problem};

/// The most days one request may ask for, so that its answer is bounded.
const MOST_DAYS: i64 = 100_000;

/// The parameters as they came.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Parameters {
    /// First day, `YYYY-MM-DD`.
    #[param(required, example = "2021-01-01", format = Date)]
    date_from: Option<String>,
    /// Last day, `YYYY-MM-DD`. At most 100,000 days can be asked for at once.
    #[param(required, example = "2021-01-31", format = Date)]
    date_to: Option<String>,
    /// Port to ship from, or a region that stands for all its ports.
    #[param(required, example = "CNGGZ", min_length = 1)]
    orig_code: Option<String>,
    /// Port to ship to, or a region that stands for all its ports.
    #[param(required, example = "EETLL", min_length = 1)]
    dest_code: Option<String>,
}

/// A question that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) origin: String,
    pub(super) destination: String,
}

impl Parameters {
    /// The question, or all that is wrong with it.
    pub(super) fn check(self) -> Result<Question, Problem> {
        let mut faults = Vec::new();
        let mut fault = |parameter, detail: String| {
            faults.push(Fault { parameter: Some(parameter), detail, ..Fault::default() });
        };
        let mut day = |parameter, text: Option<String>| {
            let text = text.unwrap_or_default();
            let day = day(&text);
            if day.is_none() {
                fault(parameter, format!("`{text}` is no day: write YYYY-MM-DD"));
            }
            day.unwrap_or_default()
        };
        let from = day("date_from", self.date_from);
        let to = day("date_to", self.date_to);
        let mut code = |parameter, text: Option<String>| {
            let text = text.unwrap_or_default();
            if text.is_empty() {
                fault(parameter, "it is missing: write a port's code or a region's slug".to_owned());
            }
            text
        };
        let origin = code("orig_code", self.orig_code);
        let destination = code("dest_code", self.dest_code);
        if (to - from).num_days() >= MOST_DAYS {
            fault("date_to", format!("at most {MOST_DAYS} days can be asked for at once"));
        }
        if faults.is_empty() {
            return Ok(Question { from, to, origin, destination });
        }
        let wrong: Vec<String> = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.parameter.unwrap_or_default(), fault.detail))
            .collect();
        Err(Problem::new(StatusCode::BAD_REQUEST, wrong.join("; ")).with(faults))
    }
}

/// Reads year, month and day parted by hyphens; leading zeros of month and day may be missing.
fn day(text: &str) -> Option<NaiveDate> {
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
