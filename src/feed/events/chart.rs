//! Counts of events as a chart.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::query::DailyCount;
use crate::chart::{self, Chart, MAX_SERIES, Segment, Series, Unit};
use crate::feed::interval::Interval;

/// Draws a line for each event and kind of device: the most frequent ones, if they are too many.
///
/// Days without events are zero up to the one on which the latest event was received; later ones are not known.
pub fn daily_chart(counts: &[DailyCount], interval: Interval, received_at: Option<DateTime<Utc>>) -> Chart {
    let mut lines: BTreeMap<(&str, &str), BTreeMap<NaiveDate, i64>> = BTreeMap::new();
    for count in counts {
        lines.entry((&count.event, &count.device)).or_default().insert(count.day, count.count);
    }
    let mut drawn: Vec<_> = lines.into_iter().collect();
    drawn.sort_by_key(|(_, days)| Reverse(days.values().sum::<i64>()));
    drawn.truncate(MAX_SERIES);
    let parts: Vec<Vec<&str>> = drawn.iter().map(|((event, device), _)| vec![*device, *event]).collect();
    let (subtitle, names) = chart::names(&parts);
    let last_known = received_at.map(|at| at.date_naive());
    let segments = |counts: &BTreeMap<NaiveDate, i64>| {
        let known = interval.days().filter(|day| counts.contains_key(day) || last_known >= Some(*day));
        known.map(|day| segment(day, counts.get(&day).copied().unwrap_or_default())).collect()
    };
    let series = drawn.iter().zip(names);
    let series = series.map(|((_, counts), name)| Series { name, segments: segments(counts) }).collect();
    Chart {
        title: "Events".to_owned(),
        subtitle,
        unit: Unit::EventsADay,
        from: interval.start(),
        to: interval.end(),
        series,
    }
}

fn segment(day: NaiveDate, count: i64) -> Segment {
    let from = day.and_time(NaiveTime::MIN).and_utc();
    Segment { from, until: from + TimeDelta::days(1), micros: count.saturating_mul(1_000_000) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    fn counts(of: impl IntoIterator<Item = (u32, &'static str, &'static str, i64)>) -> Vec<DailyCount> {
        let count = |(at, event, device, count): (u32, &str, &str, i64)| DailyCount {
            day: day(at),
            event: event.to_owned(),
            device: device.to_owned(),
            count,
            users: 1,
        };
        of.into_iter().map(count).collect()
    }

    fn lines(chart: &Chart) -> Vec<(String, String)> {
        let segment =
            |segment: &Segment| format!("{}={}", segment.from.format("%d"), segment.micros / 1_000_000);
        let text = |series: &Series| series.segments.iter().map(segment).collect::<Vec<_>>().join(" ");
        chart.series.iter().map(|series| (series.name.clone(), text(series))).collect()
    }

    #[test]
    fn days_without_events_are_zero_until_the_last_that_is_known() {
        let counts =
            counts([(1, "a", "ios", 3), (3, "a", "ios", 5), (2, "a", "web", 90), (5, "a", "web", 1)]);
        let interval = Interval { first: day(1), last: day(6) };
        let received_at = day(4).and_time(NaiveTime::MIN).and_utc();
        let chart = daily_chart(&counts, interval, Some(received_at));
        assert_eq!(chart.subtitle, "a");
        let expected = [("web", "01=0 02=90 03=0 04=0 05=1"), ("ios", "01=3 02=0 03=5 04=0")];
        assert_eq!(lines(&chart), expected.map(|(name, days)| (name.to_owned(), days.to_owned())));
        assert_eq!(lines(&daily_chart(&[], interval, None)), []);
    }

    #[test]
    fn the_most_frequent_are_drawn() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let all = counts(
            names.into_iter().zip(1..).flat_map(|(name, n)| [(1, name, "ios", n), (1, name, "web", 10 * n)]),
        );
        let chart = daily_chart(&all, Interval::day(day(1)), None);
        assert_eq!(chart.series.len(), MAX_SERIES);
        assert_eq!(lines(&chart)[0], ("web\u{a0}· g".to_owned(), "01=70".to_owned()));
        assert!(!lines(&chart).iter().any(|(name, _)| name == "ios\u{a0}· a"));
    }
}
