//! The axis of time.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

/// Labels below the chart.
const MAX_TICKS: usize = 9;

/// The distance between two labels.
#[derive(Clone, Copy, Debug)]
enum TickStep {
    Minutes(i64),
    Days(u64),
    Months(u32),
}

/// From the finest to the coarsest.
const TICK_STEPS: [TickStep; 16] = [
    TickStep::Minutes(5),
    TickStep::Minutes(15),
    TickStep::Minutes(60),
    TickStep::Minutes(180),
    TickStep::Minutes(360),
    TickStep::Minutes(720),
    TickStep::Days(1),
    TickStep::Days(2),
    TickStep::Days(4),
    TickStep::Days(7),
    TickStep::Days(14),
    TickStep::Months(1),
    TickStep::Months(2),
    TickStep::Months(3),
    TickStep::Months(6),
    TickStep::Months(12),
];

/// A label below the chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tick {
    pub(super) at: DateTime<Utc>,
    /// Day, month or time.
    pub(super) label: String,
    /// The year, where it is not that of the label before.
    pub(super) year: Option<i32>,
}

/// The labels below the chart, in UTC.
pub(super) fn ticks(from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Tick> {
    let instants = |step| instants(from, to, step).take(MAX_TICKS + 1).collect::<Vec<_>>();
    let found = TICK_STEPS.into_iter().map(|step| (step, instants(step)));
    let found = found.into_iter().find(|(_, instants)| instants.len() <= MAX_TICKS);
    let Some((step, instants)) = found else { return Vec::new() };
    let mut last_year = None;
    let tick = |at: DateTime<Utc>| {
        let label = match step {
            TickStep::Minutes(_) if at.time() != NaiveTime::MIN => at.format("%H:%M"),
            TickStep::Months(12..) => at.format("%Y"),
            TickStep::Months(_) => at.format("%b"),
            TickStep::Minutes(_) | TickStep::Days(_) => at.format("%-d %b"),
        };
        let year = Some(at.year()).filter(|year| last_year.replace(*year) != Some(*year));
        Tick { at, label: label.to_string(), year: year.filter(|_| !matches!(step, TickStep::Months(12..))) }
    };
    instants.into_iter().map(tick).collect()
}

/// Every instant of a step, both ends included.
fn instants(from: DateTime<Utc>, to: DateTime<Utc>, step: TickStep) -> impl Iterator<Item = DateTime<Utc>> {
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let day = from.date_naive();
    let first = match step {
        // Weeks begin on Mondays; other days are counted from the first.
        TickStep::Days(days) if days % 7 == 0 => {
            midnight(day - Days::new(day.weekday().num_days_from_monday().into()))
        }
        TickStep::Minutes(_) | TickStep::Days(_) => midnight(day),
        TickStep::Months(_) => midnight(NaiveDate::from_ymd_opt(day.year(), 1, 1).unwrap_or(day)),
    };
    let next = move |at: &DateTime<Utc>| match step {
        TickStep::Minutes(minutes) => at.checked_add_signed(TimeDelta::minutes(minutes)),
        TickStep::Days(days) => at.checked_add_days(Days::new(days)),
        TickStep::Months(months) => at.checked_add_months(Months::new(months)),
    };
    std::iter::successors(Some(first), next).skip_while(move |at| *at < from).take_while(move |at| *at <= to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from: &str, to: &str) -> String {
        let ticks = ticks(from.parse().unwrap(), to.parse().unwrap()).into_iter();
        let labels = ticks.map(|Tick { label, year, .. }| match year {
            Some(year) => format!("{label} ({year})"),
            None => label,
        });
        labels.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn labels_fit_the_interval() {
        let found = [
            labels("2026-11-20T23:50:00Z", "2026-11-21T00:20:00Z"),
            labels("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
            labels("2026-11-18T00:00:00Z", "2026-11-21T00:00:00Z"),
            labels("2026-11-14T00:00:00Z", "2026-11-21T00:00:00Z"),
            labels("2026-10-22T00:00:00Z", "2026-11-21T00:00:00Z"),
            labels("2026-08-01T00:00:00Z", "2026-11-21T00:00:00Z"),
            labels("2025-11-21T00:00:00Z", "2026-11-21T00:00:00Z"),
            labels("2019-11-21T00:00:00Z", "2026-11-21T00:00:00Z"),
        ];
        insta::assert_snapshot!(found.join("\n"));
    }
}
