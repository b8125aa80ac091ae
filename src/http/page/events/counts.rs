//! The numbers of the charts, as a table.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::feed::events::query::DailyCount;

/// Rows shown.
const MAX_ROWS: usize = 400;

pub(super) fn counts(counts: &[DailyCount]) -> Markup {
    let mut totals: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for count in counts {
        *totals.entry((&count.event, &count.device)).or_default() += count.count;
    }
    let more = counts.len().saturating_sub(MAX_ROWS);
    html! {
        section id="counts" aria-labelledby="counts-title" {
            div.head {
                h2 id="counts-title" { "Counts" }
                p.soft { "The latest days first. Users are distinct anonymous ids of the day, event and device." }
            }
            ul.legend {
                @for ((event, device), total) in &totals {
                    li { span.series { (event) ", " (device) } span.value { (total) } }
                }
            }
            details {
                summary { "Day by day" }
                div.scroll tabindex="0" role="region" aria-label="Counts by day, event and device" {
                    table {
                        thead {
                            tr {
                                th scope="col" { "Day" }
                                th scope="col" { "Event" }
                                th scope="col" { "Device" }
                                th.number scope="col" { "Events" }
                                th.number scope="col" { "Users" }
                            }
                        }
                        tbody {
                            @for count in counts.iter().rev().take(MAX_ROWS) {
                                tr {
                                    th scope="row" { (count.day) }
                                    td { (count.event) }
                                    td { (count.device) }
                                    td.number { (count.count) }
                                    td.number { (count.users) }
                                }
                            }
                        }
                    }
                }
                @if more > 0 { p.soft { "And " (more) " more: the links above have all." } }
            }
        }
    }
}
