//! The page as a whole.

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, html};

use super::view::View;
use super::{calendar, cheapest, figure, form, ledger};
use crate::http::assets;

pub(super) fn page(view: &View, now: DateTime<Utc>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Spot prices – Landfall" }
                link rel="icon" href=(assets::url("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::url("uPlot.css"));
                link rel="stylesheet" href=(assets::url("page.css"));
                script src=(assets::url("uPlot.js")) defer {}
                script src=(assets::url("page.js")) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    a.name href="/" { "Landfall" }
                    nav aria-label="Landfall" {
                        a href="#cheapest" { "Cheapest" }
                        a href="#days" { "Days" }
                        a href="#ledger" { "Ledger" }
                        a href="/docs" { "API" }
                    }
                }
                main id="main" tabindex="-1" {
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
                }
                footer {
                    p {
                        "Prices in US dollars an hour, times in UTC. A price is known until the next one of its pool, \
                         and for 36 hours at most, on days whose dump has landed."
                    }
                }
            }
        }
    }
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
