//! The form.

use maud::{Markup, html};

use super::view::View;

pub(super) fn form(view: &View) -> Markup {
    let days = view.result.as_ref().map(|(interval, _)| *interval);
    let day = |name: &str, found: Option<chrono::NaiveDate>| {
        let text = view.query.texts.get(name).filter(|text| !text.is_empty()).cloned();
        text.or(found.map(|day| day.to_string()))
    };
    html! {
        form.filter action="/events" method="get" role="search" aria-label="Which events" {
            (field(view, "event", "Event", "text", view.query.texts.get("event").cloned()))
            (field(view, "device", "Device", "text", view.query.texts.get("device").cloned()))
            (field(view, "from", "First day", "date", day("from", days.map(|days| days.first))))
            (field(view, "to", "Last day", "date", day("to", days.map(|days| days.last))))
            button type="submit" { "Show" }
        }
    }
}

fn field(view: &View, name: &str, label: &str, kind: &str, value: Option<String>) -> Markup {
    let error = view.query.errors.iter().find(|(field, _)| *field == name);
    let described = error.map(|_| format!("{name}-error"));
    html! {
        div.field {
            label for=(name) { (label) }
            input id=(name) name=(name) type=(kind) value=[value] placeholder=[(kind == "text").then_some("any")]
                autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby=[&described];
            @if let Some((_, error)) = error {
                p.error id=[&described] role="alert" { (error) }
            }
        }
    }
}
