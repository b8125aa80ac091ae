//! The cheapest pools, in a table.

use maud::{Markup, html};

use super::figure::swatch;
use super::format;
use super::question::Question;
use super::view::{Answer, FEWEST, RANKED};
use crate::chart::MOST_SERIES;
use crate::feed::spot::query::Ranked;

pub(super) fn cheapest(question: &Question, answer: &Answer) -> Markup {
    let mut parameters = format::filter(question);
    parameters.extend(format::days(answer.interval));
    parameters.extend(question.budget.map(|budget| ("budget", budget.to_string())));
    parameters.extend([("min_coverage", FEWEST.to_string()), ("limit", RANKED.to_string())]);
    let budget = question.budget;
    html! {
        section id="cheapest" aria-labelledby="cheapest-title" {
            div.head {
                h2 id="cheapest-title" { "Cheapest pools" }
                p.soft { "By time-weighted average. Choose one to see it in the chart." }
            }
            @if answer.ranked.is_empty() {
                p.notice { "No pool matches. Take something out of the form, or write " code { "*" } " for what may be anything." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Table of the cheapest pools" {
                    table {
                        thead {
                            tr {
                                th scope="col" { "Pool" }
                                th.number scope="col" { "Average" }
                                th.number scope="col" { "Low" }
                                th.number scope="col" { "Median" }
                                th.number scope="col" { abbr title="not exceeded for 95 % of the time" { "p95" } }
                                th.number scope="col" { "High" }
                                th.number scope="col" { "Changes a day" }
                                @if let Some(budget) = budget {
                                    th.number scope="col" { "Within " (format::short(budget)) }
                                }
                                th.number scope="col" { "Known" }
                            }
                        }
                        tbody {
                            @for ranked in &answer.ranked { (row(question, answer, ranked)) }
                        }
                    }
                }
                p.links { a href={"/v1/spot/cheapest" (format::query(&parameters))} { "JSON" } }
            }
        }
    }
}

fn row(question: &Question, answer: &Answer, ranked: &Ranked) -> Markup {
    let pool = &ranked.pool;
    let place = answer.drawn.iter().position(|drawn| *drawn == pool.id);
    let mut pools = answer.drawn.clone();
    match place {
        Some(place) if pools.len() > 1 => drop(pools.remove(place)),
        Some(_) => {}
        None => {
            // The chart is full: the oldest makes room.
            if pools.len() == MOST_SERIES {
                pools.remove(0);
            }
            pools.push(pool.id);
        }
    }
    html! {
        tr.shown[place.is_some()] {
            th scope="row" {
                a.pool id={"pool-" (pool.id)} href=(format::address(question, answer.interval, &pools))
                    aria-current=[place.map(|_| "true")] {
                    @if let Some(place) = place { (swatch(place)) } @else { span.swatch.none aria-hidden="true" {} }
                    span {
                        strong { (pool.instance_type) } " " (pool.availability_zone)
                        small { (pool.product_description) " · " (pool.account_id) }
                    }
                }
            }
            td.number { strong { (format::average(ranked.average)) } }
            td.number { (format::dollars(ranked.low)) }
            td.number { (format::dollars(ranked.p50)) }
            td.number { (format::dollars(ranked.p95)) }
            td.number { (format::dollars(ranked.high)) }
            td.number { (format::rate(ranked.changes_per_day)) }
            @if question.budget.is_some() {
                td.number { (format::percent(ranked.within_budget)) }
            }
            td.number { (format::percent(Some(ranked.coverage.share))) }
        }
    }
}
