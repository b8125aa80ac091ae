//! A chart in words.

use chrono::TimeDelta;

use super::prices::dollars;
use super::{Chart, Series};

/// What a chart shows, for those who do not see it.
pub fn description(chart: &Chart) -> String {
    let [from, to] = [chart.from, chart.to].map(|at| at.format("%Y-%m-%d %H:%M"));
    let mut words = format!("Price in US dollars an hour, {from} to {to} UTC.");
    for series in &chart.series {
        words.push(' ');
        words.push_str(&one(series, chart.to - chart.from));
    }
    words
}

fn one(series: &Series, whole: TimeDelta) -> String {
    let micros = || series.segments.iter().map(|held| held.micros);
    let (Some(low), Some(high), Some(last)) = (micros().min(), micros().max(), micros().next_back()) else {
        return format!("{}: nothing is known.", series.name);
    };
    let [low, high, last] = [low, high, last].map(dollars);
    let known: TimeDelta = series.segments.iter().map(|held| held.until - held.from).sum();
    let unknown = (whole - known).num_hours();
    let gaps = if unknown > 0 { format!(", unknown for {unknown} h") } else { String::new() };
    format!("{}: {low} to {high}, last {last}{gaps}.", series.name)
}
