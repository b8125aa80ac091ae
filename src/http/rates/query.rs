//! What is asked of `/rates`.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::parameters::Faults;
use crate::http::problem::Problem;

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
        let mut faults = Faults::default();
        let from = faults.day("date_from", &self.date_from.unwrap_or_default());
        let to = faults.day("date_to", &self.date_to.unwrap_or_default());
        let mut code = |parameter, text: Option<String>| {
            let text = text.unwrap_or_default();
            if text.is_empty() {
                faults.add(parameter, "it is missing: write a port's code or a region's slug");
            }
            text
        };
        let origin = code("orig_code", self.orig_code);
        let destination = code("dest_code", self.dest_code);
        if (to - from).num_days() >= MOST_DAYS {
            faults.add("date_to", format!("at most {MOST_DAYS} days can be asked for at once"));
        }
        faults.check()?;
        Ok(Question { from, to, origin, destination })
    }
}
