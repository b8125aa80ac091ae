//! What is asked of the page.

use std::collections::BTreeMap;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::NaiveDate;

use crate::feed::spot::query::{Decimal, Dollars, NoInterval, PoolFilter};
use crate::http::parameters::day;
use crate::http::problem::Problem;

/// What most people look for, until they say something else.
const PRODUCT: &str = "Linux/UNIX";

/// What to show. What is wrong with it stands beside the fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) filter: PoolFilter,
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    pub(super) budget: Option<Dollars>,
    /// Pools to draw, by number; the cheapest if there are none.
    pub(super) pools: Vec<i32>,
    /// What was written in each field.
    pub(super) written: BTreeMap<String, String>,
    /// What is wrong with each.
    pub(super) faults: Vec<(&'static str, String)>,
}

impl<S: Send + Sync> FromRequestParts<S> for Question {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let given: Result<_, QueryRejection> = Query::from_request_parts(parts, state).await;
        let Query(given) = given.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
        Ok(Self::read(given))
    }
}

impl Question {
    /// Reads the parameters of the query. Empty fields of the form are not there.
    fn read(given: BTreeMap<String, String>) -> Self {
        let mut written = given;
        if !written.contains_key("product") {
            written.insert("product".to_owned(), PRODUCT.to_owned());
        }
        let text =
            |name: &str| written.get(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut faults = Vec::new();
        let mut date = |name| {
            let text = text(name)?;
            let date = day(&text);
            if date.is_none() {
                faults.push((name, format!("“{text}” is not a date: write YYYY-MM-DD")));
            }
            date
        };
        let (from, to) = (date("from"), date("to"));
        let budget = text("budget").and_then(|text| match Decimal::parse(&text) {
            Ok(budget) => Some(budget),
            Err(wrong) => {
                faults.push(("budget", format!("{wrong}: write dollars an hour such as 0.05")));
                None
            }
        });
        let filter = PoolFilter {
            account: text("account"),
            region: text("region"),
            zone: text("zone"),
            instance_type: text("instance_type"),
            product: text("product"),
        };
        faults.extend(filter.faults());
        let pools = text("pools").unwrap_or_default();
        let pools = pools.split(',').filter_map(|number| number.parse().ok()).collect();
        Self { filter, from, to, budget, pools, written, faults }
    }

    /// Notes that two days are no interval.
    pub(super) fn refuse(&mut self, wrong: NoInterval) {
        self.faults.push(("to", wrong.to_string()));
    }
}
