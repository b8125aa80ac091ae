//! What is rejected, and how recent the rest is.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::view::{MAX_DEAD_LETTERS, View};
use crate::http::page::format;

pub(super) fn freshness(view: &View, now: DateTime<Utc>) -> Markup {
    let ago = |at: Option<DateTime<Utc>>| {
        at.map_or(format::UNKNOWN.to_owned(), |at| {
            format!("{} ago", format::lag((now - at).max(chrono::TimeDelta::zero())))
        })
    };
    let coverage = &view.coverage;
    html! {
        section id="ledger" aria-labelledby="ledger-title" {
            div.head {
                h2 id="ledger-title" { "Ledger" }
                p.soft { "Of all events, whatever is shown above." }
            }
            dl.facts {
                div { dt { "Objects landed" } dd { (coverage.objects) } }
                div { dt { "Last landed" } dd { (ago(coverage.landed_at)) } }
                div { dt { "Last event received" } dd { (ago(coverage.received_at)) } }
                div { dt { "Objects rejected" } dd { (coverage.rejected_objects) } }
                div { dt { "Records rejected" } dd { (coverage.rejected_records) } }
                div { dt { "Disagreeing" } dd { (coverage.disagreeing) } }
            }
        }
    }
}

pub(super) fn dead_letters(view: &View) -> Markup {
    html! {
        section id="dead-letters" aria-labelledby="dead-letters-title" {
            div.head {
                h2 id="dead-letters-title" { "Dead letters" }
                p.soft { "Records that were rejected alone: the latest " (MAX_DEAD_LETTERS) " at most." }
            }
            @if view.dead_letters.is_empty() {
                p { "No record is rejected." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Rejected records" {
                    table {
                        thead {
                            tr {
                                th scope="col" { "Landed" }
                                th scope="col" { "Object" }
                                th.number scope="col" { "Record" }
                                th scope="col" { "Field" }
                                th scope="col" { "Reason" }
                                th scope="col" { "It begins with" }
                            }
                        }
                        tbody {
                            @for letter in &view.dead_letters {
                                tr {
                                    td { (letter.landed_at.map_or(format::UNKNOWN.to_owned(), |at| at.format("%Y-%m-%d %H:%M").to_string())) }
                                    td { code { (letter.key) } }
                                    td.number { (letter.record.map_or(format::UNKNOWN.to_owned(), |record| record.to_string())) }
                                    td { (letter.field.as_deref().unwrap_or(format::UNKNOWN)) }
                                    td { (letter.reason) }
                                    td { code { (String::from_utf8_lossy(&letter.raw)) } }
                                }
                            }
                        }
                    }
                }
                p.soft { "Once a version of Landfall can read them, " code { "landfall retry" } " imports them." }
            }
        }
    }
}
