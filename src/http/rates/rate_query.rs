//! The query of `/rates`.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::parameters::FieldErrors;
use crate::http::problem::Problem;

/// Days of one query, so that its response is bounded.
const MAX_DAYS: i64 = 100_000;

/// The parameters, not validated.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Parameters {
    /// First day, `YYYY-MM-DD`.
    #[param(required, example = "2021-01-01", format = Date)]
    date_from: Option<String>,
    /// Last day, `YYYY-MM-DD`. At most 100,000 days can be queried at once.
    #[param(required, example = "2021-01-31", format = Date)]
    date_to: Option<String>,
    /// Port to ship from, or a region for all its ports.
    #[param(required, example = "CNGGZ", min_length = 1)]
    orig_code: Option<String>,
    /// Port to ship to, or a region for all its ports.
    #[param(required, example = "EETLL", min_length = 1)]
    dest_code: Option<String>,
}

/// A valid query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RateQuery {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
    pub(super) origin: String,
    pub(super) destination: String,
}

impl Parameters {
    /// The query, or all its errors.
    pub(super) fn check(self) -> Result<RateQuery, Problem> {
        let mut errors = FieldErrors::default();
        let from = errors.date("date_from", &self.date_from.unwrap_or_default());
        let to = errors.date("date_to", &self.date_to.unwrap_or_default());
        let mut code = |parameter, text: Option<String>| {
            let text = text.unwrap_or_default();
            if text.is_empty() {
                errors.add(parameter, "it is missing: write a port's code or a region's slug");
            }
            text
        };
        let origin = code("orig_code", self.orig_code);
        let destination = code("dest_code", self.dest_code);
        if (to - from).num_days() >= MAX_DAYS {
            errors.add("date_to", format!("at most {MAX_DAYS} days can be queried at once"));
        }
        errors.check()?;
        Ok(RateQuery { from, to, origin, destination })
    }
}
