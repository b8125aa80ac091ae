//! `GET /v1/spot/prices`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LINK, VARY};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use utoipa::{IntoParams, ToSchema};

use super::format::Accepted;
use super::pages::{Pages, Place, place};
use super::{cursor, question, stream};
use crate::feed::spot::query::{DumpCoverage, Format, MOST_DAYS, Record, RecordEncoder};
use crate::http::parameters::Asked;
use crate::http::problem::Problem;
use crate::http::state::Api;

/// Records read at once where all are sent: what an answer takes of memory.
const PIECE: usize = 2_000;

/// The most records of a page.
const LARGEST_PAGE: usize = 10_000;

const COVERAGE: HeaderName = HeaderName::from_static("landfall-coverage");

/// Which records.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
struct Records {
    /// First instant, as RFC 3339 writes it; `YYYY-MM-DD` means its midnight UTC.
    #[param(example = "2026-11-01", format = DateTime)]
    from: String,
    /// The first instant that is asked for no more; at most 366 days later.
    #[param(example = "2026-11-02T12:00:00Z", format = DateTime)]
    to: String,
    /// The most records of this page; without it, all records are sent.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<u16>,
    /// `next` of the page before, which is in the header `Link`, too.
    cursor: Option<String>,
}

/// Records.
//
// Only for the API's description: they are written one by one.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it only describes")]
struct SpotPrices<'a> {
    /// The dumps it rests on: of all days concerned and all accounts.
    coverage: DumpCoverage,
    /// By number of the pool and time.
    prices: Vec<Record<'a>>,
    /// Cursor of the next page; null on the last, and where there was no limit.
    next: Option<String>,
}

/// The records of an interval, as AWS wrote them.
///
/// Without `limit`, all of them are sent while they are read, from one snapshot: an answer that breaks off is not whole.
/// It breaks off if it is not read for 30 seconds, or not to its end within ten minutes.
#[utoipa::path(get, path = "/v1/spot/prices", tag = "spot",
    params(question::Pools, question::Region, Records), responses(
    (status = OK, description = "the records", content(
        (SpotPrices = "application/json"),
        (String = "application/x-ndjson", example = "{\"pool_id\":1,\"account_id\":\"038520252753\",\"region\":\"eu-west-3\",\"availability_zone\":\"eu-west-3a\",\"instance_type\":\"m5dn.xlarge\",\"product_description\":\"Linux/UNIX\",\"timestamp\":\"2026-11-01T02:00:00Z\",\"price\":0.054600,\"dump_id\":1}\n"),
        (String = "text/csv", example = "pool_id,account_id,region,availability_zone,instance_type,product_description,timestamp,price,dump_id\n1,038520252753,eu-west-3,eu-west-3a,m5dn.xlarge,Linux/UNIX,2026-11-01T02:00:00Z,0.054600,1\n"),
    ), headers(
        ("Landfall-Coverage" = String, description = "the dumps it rests on: `landed=4, empty=0, missing=1, rejected=0`"),
        ("Link" = String, description = "the next page, with `rel=\"next\"`; not on the last"),
    )),
    (status = BAD_REQUEST, description = "the question cannot be read, or is about too much"),
    (status = NOT_ACCEPTABLE, description = "`Accept` has none of these types"),
    (status = SERVICE_UNAVAILABLE, description = "the database does not respond now: retry later"),
))]
pub(super) async fn spot_prices(
    State(api): State<Arc<Api>>,
    uri: Uri,
    mut asked: Asked,
    Accepted(format): Accepted,
) -> Result<Response, Problem> {
    let filter = question::pools_of_region(&mut asked);
    let (from, to) = range(&mut asked);
    let limit = question::limit(&mut asked, LARGEST_PAGE);
    let after = asked.read("cursor", |text| {
        let place: Place = cursor::read(text)?;
        let within = (from..to).contains(&place.1);
        within.then_some(place).ok_or_else(|| "it is of another question: ask that one".to_owned())
    });
    asked.check()?;
    let pages = Pages::new(filter, from, to, after, limit.unwrap_or(PIECE));
    let Some(limit) = limit else {
        let (extent, records) = stream::records(&api, pages, format).await?;
        return Ok((headers(format, &extent)?, records).into_response());
    };
    let mut encoder = RecordEncoder::new(format);
    let mut pages = pages;
    let (extent, page, pools) = api
        .spot_readers
        .read(move |connection| {
            let opened = pages.open(connection)?;
            Ok(opened.map(|(extent, page)| (extent, page, pages.pools().to_vec())))
        })
        .await??;
    let mut headers = headers(format, &extent)?;
    let next = cursor::next(&page, limit, place);
    headers.extend(next.as_deref().and_then(|next| link(&uri, next)).map(|link| (LINK, link)));
    let mut text = encoder.head(&extent).map_err(|error| failed(&error))?;
    text.extend(encoder.rows(&Record::of(&page, &pools)).map_err(|error| failed(&error))?);
    text.extend(encoder.tail(next.as_deref()).map_err(|error| failed(&error))?);
    Ok((headers, text).into_response())
}

fn failed(error: &serde_json::Error) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

/// Reads which instants.
fn range(asked: &mut Asked) -> (DateTime<Utc>, DateTime<Utc>) {
    let from = question::instant(asked, "from");
    let to = question::instant(asked, "to");
    let (Some(from), Some(to)) = (from, to) else { return Default::default() };
    if to <= from {
        asked.faults.add("to", "it is not after the first instant: write a later one");
    } else if to - from > TimeDelta::days(MOST_DAYS) {
        asked.faults.add("to", format!("it is more than {MOST_DAYS} days later: write an earlier one"));
    }
    (from, to)
}

fn headers(format: Format, extent: &DumpCoverage) -> Result<HeaderMap, Problem> {
    let DumpCoverage { landed, empty, missing, rejected, .. } = extent;
    let coverage = format!("landed={landed}, empty={empty}, missing={missing}, rejected={rejected}");
    let coverage = HeaderValue::from_str(&coverage)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let fixed = |text| HeaderValue::from_static(text);
    let media_type = fixed(super::format::media_type(format));
    let headers = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, fixed("no-cache")),
        (VARY, fixed("accept")),
        (COVERAGE, coverage),
    ];
    Ok(headers.into_iter().collect())
}

/// The same question with another cursor.
fn link(uri: &Uri, next: &str) -> Option<HeaderValue> {
    let query = uri.query().unwrap_or_default();
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("cursor=")).collect();
    let link = format!("<{}?{}&cursor={next}>; rel=\"next\"", uri.path(), rest.join("&"));
    HeaderValue::from_str(&link).ok()
}
