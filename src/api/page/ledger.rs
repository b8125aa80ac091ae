//! The state of the ledger.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::view::View;
use super::words;

/// The most dumps of days to come shown.
const MAX_FUTURE: usize = 20;

/// The most markets shown.
const MOST_MARKETS: usize = 200;

pub(super) fn ledger(view: &View, now: DateTime<Utc>) -> Markup {
    let landed: i64 = view.ledger.markets.iter().map(|market| market.days).sum();
    let lag = view.ledger.markets.iter().map(|market| market.lag(now)).max();
    html! {
        section id="ledger" aria-labelledby="ledger-title" {
            div.head {
                h2 id="ledger-title" { "Ledger" }
                p.soft { "Lag counts from the end of the newest day that landed." }
            }
            dl.facts {
                div { dt { "Dumps landed" } dd { (landed) } }
                div { dt { "Rejected" } dd { (view.ledger.rejected_count) } }
                div { dt { "Longest lag" } dd { (lag.map_or(words::UNKNOWN.to_owned(), words::lag)) } }
            }
            @if !view.ledger.markets.is_empty() { (markets(view, now)) }
            @if !view.ledger.future.is_empty() { (future(view)) }
            @if !view.ledger.rejected.is_empty() { (rejected(view)) }
        }
    }
}

fn markets(view: &View, now: DateTime<Utc>) -> Markup {
    let left = view.ledger.markets.len().saturating_sub(MOST_MARKETS);
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
                    @for market in view.ledger.markets.iter().take(MOST_MARKETS) {
                        tr {
                            th scope="row" { (market.region) }
                            td { (market.account_id) }
                            td.number { (market.first_day) }
                            td.number { (market.last_day) }
                            td.number { (market.days) }
                            td.number { (market.empty_days.len()) }
                            td.number { (market.missing_days()) }
                            td.number { (market.disagreeing) }
                            td.number { (words::lag(market.lag(now))) }
                        }
                    }
                }
            }
        }
        @if left > 0 { p.soft { "And " (left) " more: " code { "landfall status" } " has all." } }
    }
}

fn future(view: &View) -> Markup {
    let more = view.ledger.future.len().saturating_sub(MAX_FUTURE);
    html! {
        h3 { "Dumps of days that have not come" }
        ul.rejected {
            @for dump in view.ledger.future.iter().take(MAX_FUTURE) {
                li { code { (dump.name) } span.soft { (dump.day) } }
            }
        }
        @if more > 0 { p.soft { "And " (more) " more: " code { "landfall status" } " has all." } }
        p.soft { "They do not count above. " code { "landfall withdraw" } " takes them back." }
    }
}

fn rejected(view: &View) -> Markup {
    let left = view.ledger.rejected_count.saturating_sub(view.ledger.rejected.len());
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
        @if left > 0 { p.soft { "And " (left) " more: " code { "landfall status" } " has all." } }
        p.soft { "Once they are mended, " code { "landfall import" } " takes them again; " code { "landfall retry" } " tries them as they are." }
    }
}
