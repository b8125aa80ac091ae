//! `GET /rates`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::HeaderMap;
use axum::response::Response;
use chrono::NaiveDate;
use diesel::dsl::{count_star, sum};
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::rate_query::{Parameters, RateQuery};
use crate::db::schema::{freight_places, freight_prices};
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// Prices of a day without which it has no average.
const MIN_PRICES: i64 = 3;

/// The rates of a route.
#[derive(Serialize, ToSchema)]
pub(super) struct Rates {
    /// One for each day, the newest first.
    rates: Vec<Rate>,
}

/// The rate of a day.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
struct Rate {
    /// Prices of that day; null if there are none.
    #[schema(example = 3)]
    count: Option<i64>,
    #[schema(example = "2021-01-31")]
    day: NaiveDate,
    /// Their average, not rounded; null if there are fewer than three.
    #[schema(example = 1154.3333333333333)]
    price: Option<f64>,
}

/// Average price of each day for shipping from one port or region to another.
///
/// An unknown code has no prices: every day is null. Where `date_from` is after `date_to`, there are no days.
#[utoipa::path(get, path = "/rates", tag = "rates", params(Parameters), responses(
    (status = OK, description = "a rate for each day", body = Rates),
    (status = NOT_MODIFIED, description = "the same as the response with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the query is invalid, or has too many days"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn rates(
    State(api): State<Arc<Api>>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(parameters) =
        parameters.map_err(|error| Problem::new(StatusCode::BAD_REQUEST, error.body_text()))?;
    let query = parameters.check()?;
    let cloned = query.clone();
    let days = api.readers.read_at_once(move |connection| load(connection, &cloned)).await?;
    tagged(&headers, &Rates { rates: fill(&query, days) })
}

/// Number and sum of the prices of each day that has any.
fn load(
    connection: &mut PgConnection,
    query: &RateQuery,
) -> QueryResult<HashMap<NaiveDate, (i64, Option<i64>)>> {
    if query.origin.contains('\0') || query.destination.contains('\0') {
        // No text in Postgres contains it.
        return Ok(HashMap::new());
    }
    let (origins, destinations) = diesel::alias!(freight_places as origins, freight_places as destinations);
    let days: Vec<(NaiveDate, i64, Option<i64>)> = freight_prices::table
        .inner_join(origins.on(origins.field(freight_places::port_id).eq(freight_prices::orig_id)))
        .inner_join(destinations.on(destinations.field(freight_places::port_id).eq(freight_prices::dest_id)))
        .filter(origins.field(freight_places::place).eq(&query.origin))
        .filter(destinations.field(freight_places::place).eq(&query.destination))
        .filter(freight_prices::day.between(query.from, query.to))
        .group_by(freight_prices::day)
        .select((freight_prices::day, count_star(), sum(freight_prices::price)))
        .load(connection)?;
    Ok(days.into_iter().map(|(day, count, sum)| (day, (count, sum))).collect())
}

/// Every queried day, the newest first.
fn fill(query: &RateQuery, days: HashMap<NaiveDate, (i64, Option<i64>)>) -> Vec<Rate> {
    query
        .to
        .iter_days()
        .rev()
        .take_while(|day| *day >= query.from)
        .map(|day| {
            let (count, sum) = days.get(&day).copied().unzip();
            let enough = count.is_some_and(|count| count >= MIN_PRICES);
            let price = sum.flatten().zip(count).filter(|_| enough);
            Rate { count, day, price: price.map(|(sum, count)| sum as f64 / count as f64) }
        })
        .collect()
}
