//! The section of the ledger.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::format;
use super::view::View;

/// Dumps of future days shown.
const MAX_FUTURE: usize = 20;

/// Markets shown.
const MAX_MARKETS: usize = 200;

pub(super) fn ledger(view: &View, now: DateTime<Utc>) -> Markup {
    let landed: i64 = view.ledger.markets.iter().map(|(_, coverage)| coverage.dumps).sum();
    let lag = view.ledger.markets.iter().map(|(_, coverage)| coverage.lag(now)).max();
    html! {
        section id="ledger" aria-labelledby="ledger-title" {
            div.head {
                h2 id="ledger-title" { "Ledger" }
                p.soft { "Lag counts from the end of the newest day that landed." }
            }
            dl.facts {
                div { dt { "Dumps landed" } dd { (landed) } }
                div { dt { "Rejected" } dd { (view.ledger.rejected_count) } }
                div { dt { "Longest lag" } dd { (lag.map_or(format::UNKNOWN.to_owned(), format::lag)) } }
            }
            @if !view.ledger.markets.is_empty() { (markets(view, now)) }
            @if !view.ledger.future.is_empty() { (future(view)) }
            @if !view.ledger.rejected.is_empty() { (rejected(view)) }
        }
    }
}

fn markets(view: &View, now: DateTime<Utc>) -> Markup {
    let more = view.ledger.markets.len().saturating_sub(MAX_MARKETS);
    html! {
        div.scroll tabindex="0" role="region" aria-label="What has landed of each region and account" {
            table {
                thead {
                    tr {
                        th scope="col" { "Region" }
                        th scope="col" { "Account" }
                        th.number scope="col" { "First day" }
                        th.number scope="col" { "Last day" }
                        th.number scope="col" { "Days" }
                        th.number scope="col" { "Empty" }
                        th.number scope="col" { "Missing" }
                        th.number scope="col" { abbr title="records that give a row another price than another dump does" { "Disagreeing" } }
                        th.number scope="col" { "Lag" }
                    }
                }
                tbody {
                    @for (market, coverage) in view.ledger.markets.iter().take(MAX_MARKETS) {
                        tr {
                            th scope="row" { (market.region) }
                            td { (market.account_id) }
                            td.number { (coverage.first) }
                            td.number { (coverage.last) }
                            td.number { (coverage.dumps) }
                            td.number { (coverage.empty.len()) }
                            td.number { (coverage.missing) }
                            td.number { (coverage.disagreeing) }
                            td.number { (format::lag(coverage.lag(now))) }
                        }
                    }
                }
            }
        }
        (and_more(more))
    }
}

fn future(view: &View) -> Markup {
    let more = view.ledger.future.len().saturating_sub(MAX_FUTURE);
    html! {
        h3 { "Dumps of days that are still to come" }
        ul.rejected {
            @for dump in view.ledger.future.iter().take(MAX_FUTURE) {
                li { code { (dump.name) } span.soft { (dump.day) } }
            }
        }
        (and_more(more))
        p.soft { "They do not count above. " code { "landfall withdraw" } " removes them." }
    }
}

fn rejected(view: &View) -> Markup {
    let more = view.ledger.rejected_count.saturating_sub(view.ledger.rejected.len());
    html! {
        h3 { "Rejected" }
        ul.rejected {
            @for entry in &view.ledger.rejected {
                li {
                    code { (entry.key) }
                    span { (entry.reason.as_deref().unwrap_or_default()) }
                    span.soft {
                        @if let Some(record) = entry.reason_record { "record " (record) ", " }
                        @if let Some(field) = &entry.reason_field { (field) ", " }
                        @if let Some(offset) = entry.reason_offset { "byte " (offset) ", " }
                        "seen " (entry.seen_at.format("%Y-%m-%d %H:%M"))
                    }
                }
            }
        }
        (and_more(more))
        p.soft { "Once they are corrected, " code { "landfall import" } " imports them; " code { "landfall retry" } " tries them as they are." }
    }
}

/// Says how many are not shown, if any.
fn and_more(more: usize) -> Markup {
    html! {
        @if more > 0 { p.soft { "And " (more) " more: " code { "landfall status" } " has all." } }
    }
}
