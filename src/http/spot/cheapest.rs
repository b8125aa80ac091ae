//! `GET /v1/spot/cheapest`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use utoipa::IntoParams;

use super::question;
use crate::feed::spot::query::{Cheapest, Decimal, Ranking, cheapest_of};
use crate::http::parameters::Asked;
use crate::http::problem::Problem;
use crate::http::state::Api;
use crate::http::tagged::tagged;

/// The most pools answered: each needs all its records.
const MOST: usize = 100;

/// How to rank.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
struct Terms {
    /// A price in US dollars an hour: `within_budget` says for which share of the time a pool is not above it.
    #[param(example = "0.05", pattern = r"^[0-9]{1,8}(\.[0-9]{1,6})?$")]
    budget: Option<String>,
    /// The most pools answered.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<u16>,
}

/// The cheapest pools over some days, by their time-weighted averages.
#[utoipa::path(get, path = "/v1/spot/cheapest", tag = "spot",
    params(question::Pools, question::Region, question::Days, question::Enough, Terms), responses(
    (status = OK, description = "the cheapest pools", body = Cheapest),
    (status = NOT_MODIFIED, description = "the same as the answer with the ETag in `If-None-Match`"),
    (status = BAD_REQUEST, description = "the question cannot be read, or is about too much"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_cheapest(
    State(api): State<Arc<Api>>,
    mut asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = question::pools_of_region(&mut asked);
    let interval = question::days(&mut asked);
    let fewest = question::enough(&mut asked);
    let limit = question::limit(&mut asked, MOST).unwrap_or(10);
    let budget = asked.read("budget", |text| {
        Decimal::parse(text).map_err(|wrong| format!("{wrong}: write dollars an hour such as 0.05"))
    });
    asked.check()?;
    let ranking = Ranking { budget, limit, fewest };
    let answer = api
        .spot_readers
        .read(move |connection| cheapest_of(connection, &filter, interval, &ranking))
        .await??;
    tagged(&headers, &answer)
}
