//! The page as a whole.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::view::View;
use super::{charts, counts, dead_letters, form};
use crate::http::page::shell::{Shell, shell};

pub(super) fn page(view: &View, now: DateTime<Utc>) -> Markup {
    let is_empty = view.coverage.objects == 0;
    let main = html! {
        @if is_empty {
            h1 { "No events have landed yet" }
            section.welcome {
                p { "This page counts events once they have landed. To try it with simulated ones:" }
                pre { code { "landfall simulate events events\nlandfall import events" } }
                p { "Then load this page again. " a href="/docs" { "The API is described here." } }
            }
        } @else {
            h1 { "Events" }
            (form::form(view))
            @if let Some((interval, found)) = &view.result {
                @if found.is_empty() {
                    p.notice { "There are no such events in these days." }
                } @else {
                    (charts::charts(view, *interval, found))
                    (counts::counts(found))
                }
            }
        }
        (dead_letters::freshness(view, now))
        (dead_letters::dead_letters(view))
    };
    shell(&Shell {
        title: "Events",
        is_interactive: false,
        links: &[
            ("/", "Prices"),
            ("#counts", "Counts"),
            ("#ledger", "Ledger"),
            ("#dead-letters", "Dead letters"),
            ("/docs", "API"),
        ],
        main,
        note: "Events a day, days in UTC. An event counts on the day of its timestamp, whenever it was received.",
    })
}
