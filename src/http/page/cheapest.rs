//! The table of the cheapest pools.

use maud::{Markup, html};

use super::figure::swatch;
use super::format;
use super::page_query::PageQuery;
use super::view::{MAX_RANKED, MIN_COVERAGE, QueryResults};
use crate::chart::MAX_SERIES;
use crate::feed::spot::query::Ranked;

pub(super) fn cheapest(query: &PageQuery, result: &QueryResults) -> Markup {
    let mut parameters = format::filter(query);
    parameters.extend(format::days(result.interval));
    parameters.extend(query.budget.map(|budget| ("budget", budget.to_string())));
    parameters.extend([("min_coverage", MIN_COVERAGE.to_string()), ("limit", MAX_RANKED.to_string())]);
    let budget = query.budget;
    html! {
        section id="cheapest" aria-labelledby="cheapest-title" {
            div.head {
                h2 id="cheapest-title" { "Cheapest pools" }
                p.soft { "By time-weighted average. Choose one to see it in the chart." }
            }
            @if result.ranked.is_empty() {
                p.notice { "No pool matches. Clear some fields of the form, or use the wildcard " code { "*" } "." }
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
                                th.number scope="col" { "Coverage" }
                            }
                        }
                        tbody {
                            @for ranked in &result.ranked { (row(query, result, ranked)) }
                        }
                    }
                }
                p.links { a href={"/v1/spot/cheapest" (format::query_string(&parameters))} { "JSON" } }
            }
        }
    }
}

fn row(query: &PageQuery, result: &QueryResults, ranked: &Ranked) -> Markup {
    let pool = &ranked.pool;
    let position = result.drawn.iter().position(|drawn| *drawn == pool.id);
    let mut pools = result.drawn.clone();
    match position {
        Some(index) if pools.len() > 1 => drop(pools.remove(index)),
        Some(_) => {}
        None => {
            // The chart is full: the oldest line is replaced.
            if pools.len() == MAX_SERIES {
                pools.remove(0);
            }
            pools.push(pool.id);
        }
    }
    html! {
        tr.shown[position.is_some()] {
            th scope="row" {
                a.pool id={"pool-" (pool.id)} href=(format::url(query, result.interval, &pools))
                    aria-current=[position.map(|_| "true")] {
                    @if let Some(index) = position { (swatch(index)) } @else { span.swatch.none aria-hidden="true" {} }
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
            @if query.budget.is_some() {
                td.number { (format::percent(ranked.within_budget)) }
            }
            td.number { (format::percent(Some(ranked.coverage.ratio))) }
        }
    }
}
