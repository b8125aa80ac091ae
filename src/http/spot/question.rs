//! Parameters that several questions have.
//!
//! The structs only describe them: they are read from the query one by one.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use utoipa::IntoParams;

use crate::feed::spot::query::{Decimal, Interval, PoolFilter, Ratio};
use crate::http::parameters::{Asked, day};

/// The share that has to be known where nothing is said: nine tenths.
const FEWEST: Ratio = Decimal(900_000);

/// The most that a page holds.
const LARGEST_PAGE: usize = 1_000;

/// What a page holds where nothing is said.
const PAGE: usize = 100;

/// Which pools.
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
    /// EC2 instance type; `*` stands for any characters, `?` for any one.
    #[param(example = "m5dn.*", min_length = 1, max_length = 255)]
    instance_type: Option<String>,
    /// Operating system and platform.
    #[param(example = "Linux/UNIX", min_length = 1, max_length = 255)]
    product: Option<String>,
}

/// Which region, if not all.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct AnyRegion {
    /// AWS region.
    #[param(example = "eu-west-3", min_length = 1, max_length = 255)]
    region: Option<String>,
}

/// Which region.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct Region {
    /// AWS region.
    #[param(example = "eu-west-3", min_length = 1, max_length = 255)]
    region: String,
}

/// Which days.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct Days {
    /// First UTC day, `YYYY-MM-DD`.
    #[param(example = "2026-11-01", format = Date)]
    from: String,
    /// Last UTC day, `YYYY-MM-DD`; at most 366 days in all.
    #[param(example = "2026-11-05", format = Date)]
    to: String,
}

/// How much has to be known.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct Enough {
    /// Values of which a smaller share of the time is known are null.
    #[param(minimum = 0, maximum = 1, default = 0.9)]
    min_coverage: Option<f64>,
}

/// Which page.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes")]
pub(super) struct Page {
    /// The most that this page holds.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Reads which pools; without a region where it may be any.
pub(super) fn pools(asked: &mut Asked) -> PoolFilter {
    let filter = PoolFilter {
        account: asked.take("account"),
        region: asked.take("region"),
        zone: asked.take("zone"),
        instance_type: asked.take("instance_type"),
        product: asked.take("product"),
    };
    for (name, wrong) in filter.faults() {
        asked.faults.add(name, wrong);
    }
    filter
}

/// Reads which pools of a region.
pub(super) fn pools_of_region(asked: &mut Asked) -> PoolFilter {
    let filter = pools(asked);
    if filter.region.is_none() {
        asked.faults.add("region", "it is missing: write a region such as eu-west-3");
    }
    filter
}

/// Reads which days.
pub(super) fn days(asked: &mut Asked) -> Interval {
    let mut read = |name| {
        required(asked, name, "YYYY-MM-DD", |text| {
            day(text).ok_or_else(|| format!("`{text}` is not a date: write YYYY-MM-DD"))
        })
    };
    let (Some(from), Some(to)) = (read("from"), read("to")) else {
        return Interval::day(NaiveDate::default());
    };
    Interval::new(from, to).unwrap_or_else(|wrong| {
        asked.faults.add("to", wrong.to_string());
        Interval::day(from)
    })
}

/// Reads an instant; a day means its first one.
pub(super) fn instant(asked: &mut Asked, name: &'static str) -> Option<DateTime<Utc>> {
    required(asked, name, "YYYY-MM-DDTHH:MM:SSZ", |text| {
        let midnight = day(text).map(|day| day.and_time(NaiveTime::MIN).and_utc());
        midnight.or_else(|| DateTime::parse_from_rfc3339(text).ok().map(Into::into)).ok_or_else(|| {
            format!("`{text}` is not an instant: write YYYY-MM-DDTHH:MM:SSZ, or YYYY-MM-DD for its first one")
        })
    })
}

/// Reads what has to be there.
fn required<T>(
    asked: &mut Asked,
    name: &'static str,
    form: &str,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    asked.read(name, read).or_else(|| {
        if !asked.faults.has(name) {
            asked.faults.add(name, format!("it is missing: write {form}"));
        }
        None
    })
}

/// Reads how much has to be known.
pub(super) fn enough(asked: &mut Asked) -> Ratio {
    let read = |text: &str| {
        let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
        // A threshold: there is nothing exact about it.
        share
            .map(|share: f64| Decimal((share * 1e6).round() as i64))
            .ok_or_else(|| format!("`{text}` is no share: write a number from 0 to 1"))
    };
    asked.read("min_coverage", read).unwrap_or(FEWEST)
}

/// Reads how many there may be on a page, or how many of the best.
pub(super) fn limit(asked: &mut Asked, most: usize) -> Option<usize> {
    let read = |text: &str| {
        let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
        limit.ok_or_else(|| format!("`{text}` cannot be: write a whole number from 1 to {most}"))
    };
    asked.read("limit", read)
}

/// Reads how many there may be on a page where it holds up to a thousand.
pub(super) fn page(asked: &mut Asked) -> usize {
    limit(asked, LARGEST_PAGE).unwrap_or(PAGE)
}
