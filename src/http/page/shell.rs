//! What all pages have in common.

use maud::{DOCTYPE, Markup, html};

use crate::http::assets;

/// A page without what is around it.
pub(super) struct Shell<'p> {
    pub(super) title: &'p str,
    /// Whether a script draws an interactive chart.
    pub(super) is_interactive: bool,
    /// Addresses and names of the links at the top.
    pub(super) links: &'p [(&'p str, &'p str)],
    pub(super) main: Markup,
    /// The note at the end.
    pub(super) note: &'p str,
}

pub(super) fn shell(page: &Shell<'_>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) " – Landfall" }
                link rel="icon" href=(assets::url("icon.svg")) type="image/svg+xml";
                @if page.is_interactive { link rel="stylesheet" href=(assets::url("uPlot.css")); }
                link rel="stylesheet" href=(assets::url("page.css"));
                @if page.is_interactive {
                    script src=(assets::url("uPlot.js")) defer {}
                    script src=(assets::url("page.js")) defer {}
                }
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    a.name href="/" { "Landfall" }
                    nav aria-label="Landfall" {
                        @for (address, name) in page.links { a href=(address) { (name) } }
                    }
                }
                main id="main" tabindex="-1" { (page.main) }
                footer { p { (page.note) } }
            }
        }
    }
}
