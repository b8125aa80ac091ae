//! A chart as text.

use chrono::TimeDelta;

use super::{Chart, Series, Unit};

/// The text alternative of a chart.
pub fn description(chart: &Chart) -> String {
    let [from, to] = [chart.from, chart.to].map(|at| at.format("%Y-%m-%d %H:%M"));
    let mut text = format!("{}, {from} to {to} UTC.", chart.unit.subject());
    for series in &chart.series {
        text.push(' ');
        text.push_str(&one(series, chart.to - chart.from, chart.unit));
    }
    text
}

fn one(series: &Series, whole: TimeDelta, unit: Unit) -> String {
    let micros = || series.segments.iter().map(|segment| segment.micros);
    let (Some(low), Some(high), Some(last)) = (micros().min(), micros().max(), micros().next_back()) else {
        return format!("{}: nothing is known.", series.name);
    };
    let [low, high, last] = [low, high, last].map(|micros| unit.value(micros));
    let covered: TimeDelta = series.segments.iter().map(|segment| segment.until - segment.from).sum();
    let unknown = (whole - covered).num_hours();
    let gaps = if unknown > 0 { format!(", unknown for {unknown} h") } else { String::new() };
    format!("{}: {low} to {high}, last {last}{gaps}.", series.name)
}
