//! Which days have landed, as calendars.

use chrono::{Datelike, NaiveDate};
use maud::{Markup, html};

use super::format;
use super::question::Question;
use super::view::Answer;
use crate::feed::spot::query::{DayState, Interval, MarketDay, MarketDays};

/// The most days shown: a page with more is heavy, and nobody looks at them.
const MOST_DAYS: usize = 4_000;

pub(super) fn calendar(question: &Question, answer: &Answer, today: NaiveDate) -> Markup {
    let days = usize::try_from(answer.interval.len()).unwrap_or(1);
    let most = (MOST_DAYS / days).max(1);
    let left = answer.days.len().saturating_sub(most);
    let mut parameters = format::filter(question);
    parameters.retain(|(name, _)| matches!(*name, "region" | "account"));
    parameters.extend(format::days(answer.interval));
    let coverage = &answer.coverage;
    html! {
        section id="days" aria-labelledby="days-title" {
            div.head {
                h2 id="days-title" { "Days" }
                p.soft {
                    "Choose a day to see its prices"
                    @if question.from.is_some() || question.to.is_some() {
                        ", or " a id="latest" href=(format::latest(question, &question.pools)) { "the latest days" }
                    }
                    "."
                }
            }
            ul.key aria-label="What the days' looks mean" {
                li { span.day.landed aria-hidden="true" { "1" } (coverage.landed) " landed" }
                li { span.day.empty aria-hidden="true" { "1" } (coverage.empty) " empty" }
                li { span.day.missing aria-hidden="true" { "1" } (coverage.missing) " missing" }
                li { span.day.rejected aria-hidden="true" { "1" } (coverage.rejected) " rejected" }
            }
            @for market in answer.days.iter().take(most) { (one(question, market, today)) }
            @if left > 0 {
                p.notice { "There are " (left) " more accounts: choose one, or fewer days." }
            }
            p.links { a href={"/v1/spot/coverage" (format::query(&parameters))} { "JSON" } }
        }
    }
}

fn one(question: &Question, market: &MarketDays, today: NaiveDate) -> Markup {
    let months = market.days.chunk_by(|one, next| one.day.month() == next.day.month());
    html! {
        div.market role="group" aria-label={(market.region) ", account " (market.account_id)} {
            h3 { (market.region) " " span.soft { (market.account_id) } }
            div.months {
                @for month in months { (one_month(question, month, today)) }
            }
        }
    }
}

fn one_month(question: &Question, days: &[MarketDay], today: NaiveDate) -> Markup {
    let Some(first) = days.first() else { return Markup::default() };
    // Weeks begin on Mondays.
    let column = first.day.weekday().number_from_monday();
    html! {
        div.month {
            h4 { (first.day.format("%B %Y")) }
            ol.days {
                @for (index, day) in days.iter().enumerate() {
                    li class=[(index == 0).then(|| format!("from{column}"))] { (one_day(question, day, today)) }
                }
            }
        }
    }
}

fn one_day(question: &Question, day: &MarketDay, today: NaiveDate) -> Markup {
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
        a class={"day " (class)} href={(format::address(question, Interval::day(day.day), &question.pools)) "#chart"}
            title={(date) ": " (state)} aria-label={(date) ": " (state)} { (day.day.day()) }
    }
}
