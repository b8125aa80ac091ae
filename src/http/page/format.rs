//! Formats numbers, times and URLs for the page.

use chrono::{NaiveDate, TimeDelta};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::page_query::PageQuery;
use super::view::QueryResults;
use crate::feed::spot::query::{Average, Decimal, Dollars, Interval, Rate, Ratio};

/// Characters that are percent-encoded in a query string.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b',');

/// Shown for an unknown value.
pub(super) const UNKNOWN: &str = "–";

pub(super) fn dollars(price: Option<Dollars>) -> String {
    price.map_or(UNKNOWN.to_owned(), |price| price.to_string())
}

/// A price without the zeros at its end.
pub(super) fn short(price: Dollars) -> String {
    let text = price.to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An average with the decimals of prices, rounded half up.
pub(super) fn average(average: Option<Average>) -> String {
    dollars(average.map(|Decimal(units)| Decimal((units + 5_000) / 10_000)))
}

/// Percent with one decimal, rounded down: only 1 is 100 %.
pub(super) fn percent(ratio: Option<Ratio>) -> String {
    ratio.map_or(UNKNOWN.to_owned(), |Decimal(millionths)| {
        format!("{}.{} %", millionths / 10_000, millionths / 1_000 % 10)
    })
}

pub(super) fn rate(rate: Option<Rate>) -> String {
    rate.map_or(UNKNOWN.to_owned(), |Decimal(units)| format!("{}.{:02}", units / 10_000, units / 100 % 100))
}

/// `21 November 2026`.
pub(super) fn date(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}

/// Hours and minutes, or days and hours.
pub(super) fn lag(lag: TimeDelta) -> String {
    if lag < TimeDelta::days(2) {
        format!("{} h {:02} min", lag.num_hours(), lag.num_minutes() % 60)
    } else {
        format!("{} days {} h", lag.num_days(), lag.num_hours() % 24)
    }
}

/// The query string of parameters, with its question mark.
pub(super) fn query_string(parameters: &[(&str, String)]) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ENCODED)))
        .collect();
    format!("?{}", pairs.join("&"))
}

/// The filter of a query, as parameters of the API.
pub(super) fn filter(query: &PageQuery) -> Vec<(&'static str, String)> {
    let filter = &query.filter;
    let parameters = [
        ("region", &filter.region),
        ("instance_type", &filter.instance_type),
        ("product", &filter.product),
        ("zone", &filter.zone),
        ("account", &filter.account),
    ];
    parameters.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
}

pub(super) fn days(interval: Interval) -> [(&'static str, String); 2] {
    [("from", interval.first.to_string()), ("to", interval.last.to_string())]
}

/// The URL of the page about these days and pools.
pub(super) fn url(query: &PageQuery, interval: Interval, pools: &[i32]) -> String {
    of_days(query, &days(interval), pools)
}

/// The URL of the page about the latest days.
pub(super) fn latest(query: &PageQuery, pools: &[i32]) -> String {
    of_days(query, &[], pools)
}

fn of_days(query: &PageQuery, days: &[(&'static str, String)], pools: &[i32]) -> String {
    let mut parameters = filter(query);
    if query.filter.product.is_none() {
        // A missing product would mean the default one.
        parameters.push(("product", String::new()));
    }
    parameters.extend_from_slice(days);
    parameters.extend(query.budget.map(|budget| ("budget", budget.to_string())));
    let pools: Vec<String> = pools.iter().map(i32::to_string).collect();
    if !pools.is_empty() {
        parameters.push(("pools", pools.join(",")));
    }
    query_string(&parameters)
}

/// The URL of the page as it is shown.
pub(super) fn here(query: &PageQuery, result: &QueryResults) -> String {
    url(query, result.interval, &result.drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded() {
        assert_eq!(average(Some(Decimal(546_441_273))), "0.054644");
        assert_eq!(average(Some(Decimal(546_445_000))), "0.054645");
        assert_eq!(percent(Some(Decimal(999_999))), "99.9 %");
        assert_eq!(percent(Some(Ratio::ALL)), "100.0 %");
        assert_eq!(rate(Some(Decimal(8_449))), "0.84");
        assert_eq!(dollars(None), UNKNOWN);
        assert_eq!([25, 60].map(|hours| lag(TimeDelta::hours(hours))), ["25 h 00 min", "2 days 12 h"]);
        assert_eq!(
            query_string(&[("product", "Linux/UNIX & \"".to_owned())]),
            "?product=Linux%2FUNIX%20%26%20%22"
        );
    }
}
