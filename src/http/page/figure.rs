//! The chart on the page.

use chrono::NaiveDate;
use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use super::format;
use super::page_query::PageQuery;
use super::view::QueryResults;
use crate::chart::{self, COLOURS, Chart, Series};

pub(super) fn figure(query: &PageQuery, result: &QueryResults) -> Markup {
    let here = format::here(query, result);
    let interval = result.interval;
    let parameters = |from: NaiveDate, to: NaiveDate| {
        let mut all = format::filter(query);
        all.extend([("from", from.to_string()), ("to", to.to_string())]);
        format::query_string(&all)
    };
    let summaries = parameters(interval.first, interval.last);
    // Records are queried by instants; the end is exclusive.
    let records = parameters(interval.first, interval.end().date_naive());
    html! {
        section id="chart" aria-labelledby="chart-title" {
            div.head {
                h2 id="chart-title" { (result.chart.subtitle) }
                p.soft { "US dollars an hour, " (format::date(interval.first)) @if interval.len() > 1 { " to " (format::date(interval.last)) } }
            }
            (legend(query, result))
            div.plot tabindex="0" role="img" aria-label=(chart::description(&result.chart)) aria-describedby="chart-keys" hidden {}
            noscript {
                img.chart-image src={"/chart.svg" (here)} alt=(chart::description(&result.chart));
            }
            p.reading id="chart-keys" aria-live="polite" hidden { "Left and right arrows read prices." }
            p.links {
                "Image: " a href={"/chart.svg" (here)} { "SVG" } ", " a href={"/chart.png" (here)} { "PNG" }
                " · Records: " a href={"/v1/spot/prices" (records)} { "JSON" }
                " · Summaries: " a href={"/v1/spot/daily" (summaries)} { "JSON" }
            }
            script id="prices" type="application/json" { (PreEscaped(data(&result.chart))) }
        }
    }
}

/// The lines with their names, and a link to remove each.
fn legend(query: &PageQuery, result: &QueryResults) -> Markup {
    html! {
        ul.legend {
            @for (index, (series, pool)) in result.chart.series.iter().zip(&result.drawn).enumerate() {
                li {
                    (swatch(index))
                    span.series { (series.name) }
                    span.value aria-hidden="true" {}
                    @if result.drawn.len() > 1 {
                        @let others: Vec<i32> = result.drawn.iter().copied().filter(|other| other != pool).collect();
                        a.out id={"out-" (pool)} href=(format::url(query, result.interval, &others))
                            aria-label={"Remove " (series.name) " from the chart"} { "×" }
                    }
                }
            }
        }
    }
}

/// A sample of the line, in its colour and dash.
pub(super) fn swatch(index: usize) -> Markup {
    let dashed = if index >= COLOURS { " dashed" } else { "" };
    html! { span class={"swatch line" (index % COLOURS) (dashed)} aria-hidden="true" {} }
}

/// The data of the chart for the script.
#[derive(Serialize)]
struct ChartData<'a> {
    from: i64,
    to: i64,
    lines: Vec<Line<'a>>,
}

/// Instants in milliseconds, and the price in millionths from each on; null from where it is unknown.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    instants: Vec<i64>,
    micros: Vec<Option<i64>>,
}

fn data(chart: &Chart) -> String {
    let lines = chart.series.iter().map(line).collect();
    let data = ChartData { from: chart.from.timestamp_millis(), to: chart.to.timestamp_millis(), lines };
    // No text can close the element that contains it.
    serde_json::to_string(&data).unwrap_or_default().replace('<', "\\u003c")
}

fn line(series: &Series) -> Line<'_> {
    let (mut instants, mut micros) = (Vec::new(), Vec::new());
    for (index, segment) in series.segments.iter().enumerate() {
        instants.push(segment.from.timestamp_millis());
        micros.push(Some(segment.micros));
        if series.segments.get(index + 1).is_none_or(|next| next.from > segment.until) {
            instants.push(segment.until.timestamp_millis());
            micros.push(None);
        }
    }
    Line { name: &series.name, instants, micros }
}
