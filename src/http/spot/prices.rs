//! `GET /v1/spot/prices`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LINK, VARY};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use utoipa::{IntoParams, ToSchema};

use super::pages::{Pages, Position, position};
use super::{common, cursor, stream};
use crate::feed::spot::query::{DumpCoverage, Format, MAX_DAYS, Record, RecordEncoder};
use crate::http::format::{Accepted, media_type};
use crate::http::parameters::QueryParameters;
use crate::http::problem::Problem;
use crate::http::state::Api;

/// Records read at once if all are sent: it bounds the memory of a response.
const CHUNK_ROWS: usize = 2_000;

/// Records of a page.
const MAX_PAGE_ROWS: usize = 10_000;

const COVERAGE_HEADER: HeaderName = HeaderName::from_static("landfall-coverage");

/// A range of time, and a page of its records.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
struct Records {
    /// First instant, in RFC 3339; `YYYY-MM-DD` means its midnight UTC.
    #[param(example = "2026-11-01", format = DateTime)]
    from: String,
    /// The end, exclusive; at most 366 days later.
    #[param(example = "2026-11-02T12:00:00Z", format = DateTime)]
    to: String,
    /// Records of this page at most; without it, all records are sent.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<u16>,
    /// `next` of the page before, which is also in the header `Link`.
    cursor: Option<String>,
}

/// Records.
//
// Only for the API's description: they are written one by one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
struct SpotPrices<'a> {
    /// The dumps of all queried days and matching accounts.
    coverage: DumpCoverage,
    /// By pool id and time.
    prices: Vec<Record<'a>>,
    /// Cursor of the next page; null on the last, and without a limit.
    next: Option<String>,
}

/// The records of an interval.
///
/// Without `limit`, all of them are sent while they are read, from one snapshot: a response that breaks off is incomplete.
/// It breaks off if it is not read for 30 seconds, or not to its end within ten minutes.
#[utoipa::path(get, path = "/v1/spot/prices", tag = "spot",
    params(common::Pools, common::Region, Records), responses(
    (status = OK, description = "the records", content(
        (SpotPrices = "application/json"),
        (String = "application/x-ndjson", example = "{\"pool_id\":1,\"account_id\":\"038520252753\",\"region\":\"eu-west-3\",\"availability_zone\":\"eu-west-3a\",\"instance_type\":\"m5dn.xlarge\",\"product_description\":\"Linux/UNIX\",\"timestamp\":\"2026-11-01T02:00:00Z\",\"price\":0.054600,\"dump_id\":1}\n"),
        (String = "text/csv", example = "pool_id,account_id,region,availability_zone,instance_type,product_description,timestamp,price,dump_id\n1,038520252753,eu-west-3,eu-west-3a,m5dn.xlarge,Linux/UNIX,2026-11-01T02:00:00Z,0.054600,1\n"),
    ), headers(
        ("Landfall-Coverage" = String, description = "the dumps of the queried days: `landed=4, empty=0, missing=1, rejected=0`"),
        ("Link" = String, description = "the next page, with `rel=\"next\"`; not on the last"),
    )),
    (status = BAD_REQUEST, description = "the query is invalid or too large"),
    (status = NOT_ACCEPTABLE, description = "`Accept` has none of these types"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_prices(
    State(api): State<Arc<Api>>,
    uri: Uri,
    mut parameters: QueryParameters,
    Accepted(format): Accepted,
) -> Result<Response, Problem> {
    let filter = common::pools_of_region(&mut parameters);
    let (from, to) = range(&mut parameters);
    let limit = common::limit(&mut parameters, MAX_PAGE_ROWS);
    let after = parameters.read("cursor", |text| {
        let position: Position = cursor::read(text)?;
        let within = (from..to).contains(&position.1);
        within
            .then_some(position)
            .ok_or_else(|| "it belongs to another query: write `from` and `to` of that one".to_owned())
    });
    parameters.check()?;
    let pages = Pages::new(filter, from, to, after, limit.unwrap_or(CHUNK_ROWS));
    let Some(limit) = limit else {
        let (coverage, records) = stream::records(&api, pages, format).await?;
        return Ok((headers(format, &coverage)?, records).into_response());
    };
    let mut encoder = RecordEncoder::new(format);
    let mut pages = pages;
    let (coverage, page, pools) = api
        .long_readers
        .read(move |connection| {
            let opened = pages.open(connection)?;
            Ok(opened.map(|(coverage, page)| (coverage, page, pages.pools().to_vec())))
        })
        .await??;
    let mut headers = headers(format, &coverage)?;
    let next = cursor::next(&page, limit, position);
    headers.extend(next.as_deref().and_then(|next| link(&uri, next)).map(|link| (LINK, link)));
    let mut text = encoder.head(&coverage).map_err(|error| failed(&error))?;
    text.extend(encoder.rows(&Record::of(&page, &pools)).map_err(|error| failed(&error))?);
    text.extend(encoder.tail(next.as_deref()).map_err(|error| failed(&error))?);
    Ok((headers, text).into_response())
}

fn failed(error: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

/// Reads `from` and `to`.
fn range(parameters: &mut QueryParameters) -> (DateTime<Utc>, DateTime<Utc>) {
    let from = common::instant(parameters, "from");
    let to = common::instant(parameters, "to");
    let (Some(from), Some(to)) = (from, to) else { return Default::default() };
    if to <= from {
        parameters.errors.add("to", "it is not after the first instant: write a later one");
    } else if to - from > TimeDelta::days(MAX_DAYS) {
        parameters.errors.add("to", format!("it is more than {MAX_DAYS} days later: write an earlier one"));
    }
    (from, to)
}

fn headers(format: Format, coverage: &DumpCoverage) -> Result<HeaderMap, Problem> {
    let DumpCoverage { landed, empty, missing, rejected, .. } = coverage;
    let counts = format!("landed={landed}, empty={empty}, missing={missing}, rejected={rejected}");
    let counts = HeaderValue::from_str(&counts)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let fixed = |text| HeaderValue::from_static(text);
    let media_type = fixed(media_type(format));
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, fixed("no-cache")),
        (VARY, fixed("accept")),
        (COVERAGE_HEADER, counts),
    ];
    Ok(headers.into_iter().collect())
}

/// A `Link` to the same query with another cursor.
fn link(uri: &Uri, next: &str) -> Option<HeaderValue> {
    let query = uri.query().unwrap_or_default();
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("cursor=")).collect();
    let link = format!("<{}?{}&cursor={next}>; rel=\"next\"", uri.path(), rest.join("&"));
    HeaderValue::from_str(&link).ok()
}
