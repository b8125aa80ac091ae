//! Calendars of the days that have landed.

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

use super::format;
use super::page_query::PageQuery;
use super::view::QueryResults;
use crate::feed::spot::query::{DayState, Interval, MarketDay, MarketDays};

/// Days shown: a page with more is slow.
const MAX_DAYS: usize = 4_000;

pub(super) fn calendar(query: &PageQuery, result: &QueryResults, today: NaiveDate) -> Markup {
    let days = usize::try_from(result.interval.len()).unwrap_or(1);
    let max = (MAX_DAYS / days).max(1);
    let hidden = result.days.len().saturating_sub(max);
    let mut parameters = format::filter(query);
    parameters.retain(|(name, _)| matches!(*name, "region" | "account"));
    parameters.extend(format::days(result.interval));
    let coverage = &result.coverage;
    html! {
        section id="days" aria-labelledby="days-title" {
            div.head {
                h2 id="days-title" { "Days" }
                p.soft {
                    "Choose a day to see its prices"
                    @if query.from.is_some() || query.to.is_some() {
                        ", or " a id="latest" href=(format::latest(query, &query.pools)) { "the latest days" }
                    }
                    "."
                }
            }
            ul.key aria-label="Legend of the days" {
                li { span.day.landed aria-hidden="true" { "1" } (coverage.landed) " landed" }
                li { span.day.empty aria-hidden="true" { "1" } (coverage.empty) " empty" }
                li { span.day.missing aria-hidden="true" { "1" } (coverage.missing) " missing" }
                li { span.day.rejected aria-hidden="true" { "1" } (coverage.rejected) " rejected" }
            }
            @for market in result.days.iter().take(max) { (one(query, market, today)) }
            @if hidden > 0 {
                p.notice { "There are " (hidden) " more accounts: choose one, or fewer days." }
            }
            p.links { a href={"/v1/spot/coverage" (format::query_string(&parameters))} { "JSON" } }
        }
    }
}

fn one(query: &PageQuery, market: &MarketDays, today: NaiveDate) -> Markup {
    let months = market.days.chunk_by(|one, next| one.day.month() == next.day.month());
    html! {
        div.market role="group" aria-label={(market.region) ", account " (market.account_id)} {
            h3 { (market.region) " " span.soft { (market.account_id) } }
            div.months {
                @for month in months { (one_month(query, month, today)) }
            }
        }
    }
}

fn one_month(query: &PageQuery, days: &[MarketDay], today: NaiveDate) -> Markup {
    let Some(first) = days.first() else { return Markup::default() };
    // Weeks begin on Mondays.
    let column = first.day.weekday().number_from_monday();
    html! {
        div.month {
            h4 { (first.day.format("%B %Y")) }
            ol.days {
                @for (index, day) in days.iter().enumerate() {
                    li class=[(index == 0).then(|| format!("from{column}"))] { (one_day(query, day, today)) }
                }
            }
        }
    }
}

fn one_day(query: &PageQuery, day: &MarketDay, today: NaiveDate) -> Markup {
    let (class, mut state) = match day.state {
        DayState::Landed => ("landed", format!("landed, {} records", day.records)),
        DayState::Empty => ("empty", "landed, and is empty".to_owned()),
        DayState::Rejected => ("rejected", "rejected".to_owned()),
        DayState::Missing if day.day >= today => ("later", "not over yet".to_owned()),
        DayState::Missing => ("missing", "missing".to_owned()),
    };
    if let Some(reason) = &day.reason {
        state.push_str(": ");
        state.push_str(reason);
    }
    let date = format::date(day.day);
    html! {
        a class={"day " (class)} href={(format::url(query, Interval::day(day.day), &query.pools)) "#chart"}
            title={(date) ": " (state)} aria-label={(date) ": " (state)} { (day.day.day()) }
    }
}
