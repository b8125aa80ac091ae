//! The page of spot prices as a whole.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::shell::{Shell, shell};
use super::view::View;
use super::{calendar, cheapest, figure, form, ledger};

pub(super) fn page(view: &View, now: DateTime<Utc>) -> Markup {
    let main = html! {
        @if view.ledger.markets.is_empty() {
            (empty(view))
        } @else {
            h1 { "Spot prices" }
            (form::form(view))
            @if let Some(result) = &view.result {
                (figure::figure(&view.query, result))
                (cheapest::cheapest(&view.query, result))
                (calendar::calendar(&view.query, result, now.date_naive()))
            } @else if view.query.errors.is_empty() {
                p.notice { "Nothing has landed there yet. Choose another region or account." }
            }
        }
        (ledger::ledger(view, now))
    };
    shell(&Shell {
        title: "Spot prices",
        is_interactive: true,
        links: &[
            ("#cheapest", "Cheapest"),
            ("#days", "Days"),
            ("#ledger", "Ledger"),
            ("/events", "Events"),
            ("/docs", "API"),
        ],
        main,
        note: "Prices in US dollars an hour, times in UTC. A price is known until the next one of its pool, \
               and for 36 hours at most, on days whose dump has landed.",
    })
}

/// The page before anything has landed.
fn empty(view: &View) -> Markup {
    html! {
        h1 { "Nothing has landed yet" }
        section.welcome {
            p { "This page shows spot prices once dumps have landed. To land those of a bucket or a folder:" }
            pre { code { "landfall import s3://BUCKET/PREFIX" } }
            p { "To try it without any:" }
            pre { code { "landfall simulate dumps --days 30\nlandfall import dumps" } }
            p { "Then load this page again. " a href="/docs" { "The API is described here." } }
            @if !view.ledger.rejected.is_empty() {
                p { "Dumps were seen, but all of them were rejected. The reasons are below." }
            }
        }
    }
}
