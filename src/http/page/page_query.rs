//! The query of the page.

use std::collections::BTreeMap;
use std::num::ParseIntError;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::NaiveDate;

use crate::feed::spot::query::{Decimal, Dollars, InvalidInterval, PoolFilter};
use crate::http::parameters::parse_date;
use crate::http::problem::Problem;

/// The product of a query without one.
const DEFAULT_PRODUCT: &str = "Linux/UNIX";

/// The parameters of the page. Errors are shown beside the fields of the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PageQuery {
    pub(super) filter: PoolFilter,
    pub(super) from: Option<NaiveDate>,
    pub(super) to: Option<NaiveDate>,
    pub(super) budget: Option<Dollars>,
    /// Ids of the pools to draw; the cheapest if there are none.
    pub(super) pools: Vec<i32>,
    /// The text of each field.
    pub(super) texts: BTreeMap<String, String>,
    /// The errors of fields.
    pub(super) errors: Vec<(&'static str, String)>,
    /// Whether the error is that there are no such pools.
    pools_not_found: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let given: Result<_, QueryRejection> = Query::from_request_parts(parts, state).await;
        let Query(given) = given.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
        Ok(Self::read(given))
    }
}

impl PageQuery {
    /// Reads the parameters of the query. Empty fields of the form count as missing.
    fn read(given: BTreeMap<String, String>) -> Self {
        let mut texts = given;
        if !texts.contains_key("product") {
            texts.insert("product".to_owned(), DEFAULT_PRODUCT.to_owned());
        }
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
        let budget = text("budget").and_then(|text| match Decimal::parse(&text) {
            Ok(budget) => Some(budget),
            Err(error) => {
                errors.push(("budget", format!("{error}: write dollars an hour such as 0.05")));
                None
            }
        });
        let filter = PoolFilter::from_fields(text);
        errors.extend(filter.errors());
        let pools = text("pools").map_or(Ok(Vec::new()), |text| text.split(',').map(str::parse).collect());
        let pools = pools.unwrap_or_else(|_: ParseIntError| {
            errors.push(("pools", "these are not ids of pools: write ids separated by commas".to_owned()));
            Vec::new()
        });
        Self { filter, from, to, budget, pools, texts, errors, pools_not_found: false }
    }

    /// Adds the error of an invalid interval.
    pub(super) fn add_interval_error(&mut self, error: InvalidInterval) {
        self.errors.push(("to", error.to_string()));
    }

    /// Adds the error of chosen pools of which none has prices that match.
    pub(super) fn add_pools_not_found(&mut self) {
        self.pools_not_found = true;
        let ids: Vec<String> = self.pools.iter().map(ToString::to_string).collect();
        let ids = ids.join(", ");
        self.errors.push(("pools", format!("no pool {ids} matches the other fields: choose another")));
    }

    /// The status of a response to the query.
    pub(super) fn status(&self) -> StatusCode {
        match self.errors.is_empty() {
            true => StatusCode::OK,
            false if self.pools_not_found => StatusCode::NOT_FOUND,
            false => StatusCode::BAD_REQUEST,
        }
    }
}
