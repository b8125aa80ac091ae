//! The form.

use maud::{Markup, html};

use super::view::View;

/// Names of products, offered while typing.
const PRODUCTS: [&str; 8] = [
    "Linux/UNIX",
    "Linux/UNIX (Amazon VPC)",
    "Red Hat Enterprise Linux",
    "Red Hat Enterprise Linux (Amazon VPC)",
    "SUSE Linux",
    "SUSE Linux (Amazon VPC)",
    "Windows",
    "Windows (Amazon VPC)",
];

pub(super) fn form(view: &View) -> Markup {
    let query = &view.query;
    let mut regions: Vec<&str> =
        view.ledger.markets.iter().map(|(market, _)| market.region.as_str()).collect();
    regions.sort_unstable();
    regions.dedup();
    let chosen = query.filter.region.as_deref();
    let mut accounts: Vec<&str> =
        view.ledger.markets.iter().map(|(market, _)| market.account_id.as_str()).collect();
    accounts.dedup();
    let days = view.result.as_ref().map(|result| result.interval);
    let day = |name: &str, found: Option<chrono::NaiveDate>| {
        query.texts.get(name).filter(|text| !text.is_empty()).cloned().or(found.map(|day| day.to_string()))
    };
    html! {
        form.filter action="/" method="get" role="search" aria-label="Which prices" {
            (labelled(view, "region", "Region", html! {
                select id="region" name="region" {
                    @for region in &regions {
                        option value=(region) selected[chosen == Some(*region)] { (region) }
                    }
                    @if let Some(chosen) = chosen.filter(|chosen| !regions.contains(chosen)) {
                        option value=(chosen) selected { (chosen) }
                    }
                }
            }))
            (labelled(view, "instance_type", "Instance type", text(view, "instance_type", "any, or c5.*", None)))
            (labelled(view, "product", "Product", text(view, "product", "any", Some("products"))))
            (labelled(view, "zone", "Zone", text(view, "zone", "any", None)))
            (labelled(view, "account", "Account", text(view, "account", "any", Some("accounts"))))
            (labelled(view, "from", "First day", html! {
                input id="from" name="from" type="date" value=[day("from", days.map(|days| days.first))]
                    aria-describedby=[described(view, "from")];
            }))
            (labelled(view, "to", "Last day", html! {
                input id="to" name="to" type="date" value=[day("to", days.map(|days| days.last))]
                    aria-describedby=[described(view, "to")];
            }))
            (labelled(view, "budget", "Budget, $ an hour", text(view, "budget", "none", None)))
            button type="submit" { "Show" }
            // Pools are chosen by links, not in a field.
            (error(view, "pools"))
            datalist id="products" { @for product in PRODUCTS { option value=(product) {} } }
            datalist id="accounts" { @for account in accounts { option value=(account) {} } }
        }
    }
}

fn labelled(view: &View, name: &str, label: &str, field: Markup) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            (field)
            (error(view, name))
        }
    }
}

/// The error of a parameter, if it has one.
fn error(view: &View, name: &str) -> Markup {
    let error = view.query.errors.iter().find(|(field, _)| *field == name);
    html! {
        @if let Some((_, error)) = error {
            p.error id={(name) "-error"} role="alert" { (error) }
        }
    }
}

fn text(view: &View, name: &str, placeholder: &str, list: Option<&str>) -> Markup {
    html! {
        input id=(name) name=(name) type="text" value=[view.query.texts.get(name)] placeholder=(placeholder)
            list=[list] autocomplete="off" autocapitalize="none" spellcheck="false"
            inputmode=[(name == "budget").then_some("decimal")] aria-describedby=[described(view, name)];
    }
}

fn described(view: &View, name: &str) -> Option<String> {
    view.query.errors.iter().any(|(field, _)| *field == name).then(|| format!("{name}-error"))
}
