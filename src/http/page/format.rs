//! Numbers, times and addresses as the page writes them.

use chrono::{NaiveDate, TimeDelta};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::question::Question;
use super::view::Answer;
use crate::feed::spot::query::{Average, Decimal, Dollars, Interval, Rate, Ratio};

/// What is written as it is in an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'*').remove(b',');

/// Dashes stand where nothing is known.
pub(super) const UNKNOWN: &str = "–";

pub(super) fn dollars(price: Option<Dollars>) -> String {
    price.map_or(UNKNOWN.to_owned(), |price| price.to_string())
}

/// A price without the zeros at its end.
pub(super) fn short(price: Dollars) -> String {
    let text = price.to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An average as prices are written, rounded half up.
pub(super) fn average(average: Option<Average>) -> String {
    dollars(average.map(|Decimal(units)| Decimal((units + 5_000) / 10_000)))
}

/// Percent with one digit, rounded down: only all is 100.
pub(super) fn percent(share: Option<Ratio>) -> String {
    share.map_or(UNKNOWN.to_owned(), |Decimal(millionths)| {
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

/// A query of parameters, with its question mark.
pub(super) fn query(parameters: &[(&str, String)]) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, PLAIN)))
        .collect();
    format!("?{}", pairs.join("&"))
}

/// What identifies the pools of a question, as the API names it.
pub(super) fn filter(question: &Question) -> Vec<(&'static str, String)> {
    let filter = &question.filter;
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

/// The address of the page about these days and pools.
pub(super) fn address(question: &Question, interval: Interval, pools: &[i32]) -> String {
    of_days(question, &days(interval), pools)
}

/// The address of the page about the latest days.
pub(super) fn latest(question: &Question, pools: &[i32]) -> String {
    of_days(question, &[], pools)
}

fn of_days(question: &Question, days: &[(&'static str, String)], pools: &[i32]) -> String {
    let mut parameters = filter(question);
    if question.filter.product.is_none() {
        // Left out, it would mean the product that most look for.
        parameters.push(("product", String::new()));
    }
    parameters.extend_from_slice(days);
    parameters.extend(question.budget.map(|budget| ("budget", budget.to_string())));
    let pools: Vec<String> = pools.iter().map(i32::to_string).collect();
    if !pools.is_empty() {
        parameters.push(("pools", pools.join(",")));
    }
    query(&parameters)
}

/// The address of the page as it is.
pub(super) fn here(question: &Question, answer: &Answer) -> String {
    address(question, answer.interval, &answer.drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_as_they_say() {
        assert_eq!(average(Some(Decimal(546_441_273))), "0.054644");
        assert_eq!(average(Some(Decimal(546_445_000))), "0.054645");
        assert_eq!(percent(Some(Decimal(999_999))), "99.9 %");
        assert_eq!(percent(Some(Ratio::ALL)), "100.0 %");
        assert_eq!(rate(Some(Decimal(8_449))), "0.84");
        assert_eq!(dollars(None), UNKNOWN);
        assert_eq!([25, 60].map(|hours| lag(TimeDelta::hours(hours))), ["25 h 00 min", "2 days 12 h"]);
        assert_eq!(query(&[("product", "Linux/UNIX & \"".to_owned())]), "?product=Linux%2FUNIX%20%26%20%22");
    }
}
