//! The chart on the page.

use chrono::NaiveDate;
use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use super::format;
use super::question::Question;
use super::view::Answer;
use crate::chart::{self, COLOURS, Chart, Series};

pub(super) fn figure(question: &Question, answer: &Answer) -> Markup {
    let here = format::here(question, answer);
    let interval = answer.interval;
    let asked = |from: NaiveDate, to: NaiveDate| {
        let mut parameters = format::filter(question);
        parameters.extend([("from", from.to_string()), ("to", to.to_string())]);
        format::query(&parameters)
    };
    let summaries = asked(interval.first, interval.last);
    // Records are asked for by instants, of which the last is not meant.
    let records = asked(interval.first, interval.end().date_naive());
    html! {
        section id="chart" aria-labelledby="chart-title" {
            div.head {
                h2 id="chart-title" { (answer.chart.subtitle) }
                p.soft { "US dollars an hour, " (format::date(interval.first)) @if interval.len() > 1 { " to " (format::date(interval.last)) } }
            }
            (legend(question, answer))
            div.plot tabindex="0" role="img" aria-label=(chart::description(&answer.chart)) aria-describedby="chart-keys" hidden {}
            noscript {
                img.picture src={"/chart.svg" (here)} alt=(chart::description(&answer.chart));
            }
            p.reading id="chart-keys" aria-live="polite" hidden { "Left and right arrows read prices." }
            p.links {
                "Picture: " a href={"/chart.svg" (here)} { "SVG" } ", " a href={"/chart.png" (here)} { "PNG" }
                " · Records: " a href={"/v1/spot/prices" (records)} { "JSON" }
                " · Summaries: " a href={"/v1/spot/daily" (summaries)} { "JSON" }
            }
            script id="prices" type="application/json" { (PreEscaped(data(&answer.chart))) }
        }
    }
}

/// The lines with their names; each may be taken out.
fn legend(question: &Question, answer: &Answer) -> Markup {
    html! {
        ul.legend {
            @for (index, (series, pool)) in answer.chart.series.iter().zip(&answer.drawn).enumerate() {
                li {
                    (swatch(index))
                    span.series { (series.name) }
                    span.value aria-hidden="true" {}
                    @if answer.drawn.len() > 1 {
                        @let others: Vec<i32> = answer.drawn.iter().copied().filter(|other| other != pool).collect();
                        a.out id={"out-" (pool)} href=(format::address(question, answer.interval, &others))
                            aria-label={"Take " (series.name) " out of the chart"} { "×" }
                    }
                }
            }
        }
    }
}

/// A piece of the line, in its colour and dash.
pub(super) fn swatch(index: usize) -> Markup {
    let dashed = if index >= COLOURS { " dashed" } else { "" };
    html! { span class={"swatch line" (index % COLOURS) (dashed)} aria-hidden="true" {} }
}

/// What the script draws.
#[derive(Serialize)]
struct Data<'a> {
    from: i64,
    to: i64,
    lines: Vec<Line<'a>>,
}

/// Instants in milliseconds, and the price in millionths from each on; null where it is not known any more.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    instants: Vec<i64>,
    micros: Vec<Option<i64>>,
}

fn data(chart: &Chart) -> String {
    let lines = chart.series.iter().map(line).collect();
    let data = Data { from: chart.from.timestamp_millis(), to: chart.to.timestamp_millis(), lines };
    // Nothing in it can end the element it stands in.
    serde_json::to_string(&data).unwrap_or_default().replace('<', "\\u003c")
}

fn line(series: &Series) -> Line<'_> {
    let (mut instants, mut micros) = (Vec::new(), Vec::new());
    for (index, held) in series.segments.iter().enumerate() {
        instants.push(held.from.timestamp_millis());
        micros.push(Some(held.micros));
        if series.segments.get(index + 1).is_none_or(|next| next.from > held.until) {
            instants.push(held.until.timestamp_millis());
            micros.push(None);
        }
    }
    Line { name: &series.name, instants, micros }
}
