//! Parameters that several queries have.
//!
//! The structs only describe them: they are read from the query one by one.

use chrono::{DateTime, NaiveTime, Utc};
use utoipa::IntoParams;

use crate::feed::spot::query::{Decimal, PoolFilter, Ratio};
use crate::http::days::required;
pub(super) use crate::http::days::{Days, days};
use crate::http::parameters::{QueryParameters, parse_date};

/// Of a query without `min_coverage`: nine tenths.
const DEFAULT_MIN_COVERAGE: Ratio = Decimal(900_000);

/// Items of a page at most.
const MAX_PAGE_SIZE: usize = 1_000;

/// Items of a page without `limit`.
const DEFAULT_PAGE_SIZE: usize = 100;

/// A filter of pools.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct Pools {
    /// AWS account.
    #[param(example = "038520252753", pattern = "^[0-9]{12}$")]
    account: Option<String>,
    /// Availability zone, as the account names it.
    #[param(example = "eu-west-3a", min_length = 1, max_length = 255)]
    zone: Option<String>,
    /// EC2 instance type; `*` matches any characters, `?` any one.
    #[param(example = "m5dn.*", min_length = 1, max_length = 255)]
    instance_type: Option<String>,
    /// Operating system and platform.
    #[param(example = "Linux/UNIX", min_length = 1, max_length = 255)]
    product: Option<String>,
}

/// An optional region.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct AnyRegion {
    /// AWS region.
    #[param(example = "eu-west-3", min_length = 1, max_length = 255)]
    region: Option<String>,
}

/// A region.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct Region {
    /// AWS region.
    #[param(example = "eu-west-3", min_length = 1, max_length = 255)]
    region: String,
}

/// The smallest coverage of values that are given.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct MinCoverage {
    /// Values with a smaller coverage (the ratio of the time for which the price is known) are null.
    #[param(minimum = 0, maximum = 1, default = 0.9)]
    min_coverage: Option<f64>,
}

/// A page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct Page {
    /// Items of this page at most.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Reads the filter of pools; the region may be missing.
pub(super) fn pools(parameters: &mut QueryParameters) -> PoolFilter {
    let filter = PoolFilter::from_fields(|name| parameters.take(name));
    for (name, error) in filter.errors() {
        parameters.errors.add(name, error);
    }
    filter
}

/// Reads the filter of pools of one region.
pub(super) fn pools_of_region(parameters: &mut QueryParameters) -> PoolFilter {
    let filter = pools(parameters);
    if filter.region.is_none() {
        parameters.errors.add("region", "it is missing: write a region such as eu-west-3");
    }
    filter
}

/// Reads an instant; a day means its first one.
pub(super) fn instant(parameters: &mut QueryParameters, name: &'static str) -> Option<DateTime<Utc>> {
    required(parameters, name, "YYYY-MM-DDTHH:MM:SSZ", |text| {
        let midnight = parse_date(text).map(|day| day.and_time(NaiveTime::MIN).and_utc());
        midnight.or_else(|| DateTime::parse_from_rfc3339(text).ok().map(Into::into)).ok_or_else(|| {
            format!("`{text}` is not an instant: write YYYY-MM-DDTHH:MM:SSZ, or YYYY-MM-DD for its first one")
        })
    })
}

/// Reads the smallest coverage of values that are given.
pub(super) fn min_coverage(parameters: &mut QueryParameters) -> Ratio {
    let read = |text: &str| {
        let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
        // A threshold, so a float is exact enough.
        ratio
            .map(|ratio: f64| Decimal((ratio * 1e6).round() as i64))
            .ok_or_else(|| format!("`{text}` is not a ratio: write a number from 0 to 1"))
    };
    parameters.read("min_coverage", read).unwrap_or(DEFAULT_MIN_COVERAGE)
}

/// Reads `limit`.
pub(super) fn limit(parameters: &mut QueryParameters, max: usize) -> Option<usize> {
    let read = |text: &str| {
        let limit = text.parse().ok().filter(|limit| (1..=max).contains(limit));
        limit.ok_or_else(|| format!("`{text}` is not a limit: write a whole number from 1 to {max}"))
    };
    parameters.read("limit", read)
}

/// Reads the size of a page of up to [`MAX_PAGE_SIZE`].
pub(super) fn page_size(parameters: &mut QueryParameters) -> usize {
    limit(parameters, MAX_PAGE_SIZE).unwrap_or(DEFAULT_PAGE_SIZE)
}
