//! A chart for each event.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use maud::{Markup, html};

use super::view::View;
use crate::chart;
use crate::feed::events::chart::daily_chart;
use crate::feed::events::query::DailyCount;
use crate::feed::interval::Interval;
use crate::http::page::format;

/// Charts shown: those of the most frequent events.
const MAX_CHARTS: usize = 12;

pub(super) fn charts(view: &View, interval: Interval, counts: &[DailyCount]) -> Markup {
    let mut events: BTreeMap<&str, Vec<DailyCount>> = BTreeMap::new();
    for count in counts {
        events.entry(&count.event).or_default().push(count.clone());
    }
    let mut events: Vec<_> = events.into_iter().collect();
    events.sort_by_key(|(_, counts)| Reverse(counts.iter().map(|count| count.count).sum::<i64>()));
    let more = events.len().saturating_sub(MAX_CHARTS);
    html! {
        @for (index, (event, counts)) in events.iter().take(MAX_CHARTS).enumerate() {
            (figure(view, interval, event, counts, index))
        }
        @if more > 0 { p.soft { "And " (more) " more events: the table has all." } }
    }
}

fn figure(view: &View, interval: Interval, event: &str, counts: &[DailyCount], index: usize) -> Markup {
    let mut chart = daily_chart(counts, interval, view.coverage.received_at);
    chart.title = event.to_owned();
    chart.subtitle = "by kind of device".to_owned();
    let mut parameters = vec![("event", event.to_owned())];
    parameters.extend(view.query.filter.device.clone().map(|device| ("device", device)));
    parameters.extend(format::days(interval));
    let id = format!("chart-{index}");
    html! {
        section aria-labelledby=(&id) {
            div.head {
                h2 id=(&id) { (event) }
                p.links { "Counts: " a href={"/v1/events/daily" (format::query_string(&parameters))} aria-label={"Counts of " (event) " as JSON"} { "JSON" } }
            }
            (chart::inline(&chart, &format!("{id}-")))
        }
    }
}
