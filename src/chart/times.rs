//! The axis of time.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

/// Labels below the chart.
const MAX_TICKS: usize = 9;

/// The distance between two labels.
#[derive(Clone, Copy, Debug)]
enum Step {
    Minutes(i64),
    Days(u64),
    Months(u32),
}

/// From the finest to the coarsest.
const STEPS: [Step; 16] = [
    Step::Minutes(5),
    Step::Minutes(15),
    Step::Minutes(60),
    Step::Minutes(180),
    Step::Minutes(360),
    Step::Minutes(720),
    Step::Days(1),
    Step::Days(2),
    Step::Days(4),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
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
    let found = STEPS.into_iter().map(|step| (step, instants(step)));
    let found = found.into_iter().find(|(_, instants)| instants.len() <= MAX_TICKS);
    let Some((step, instants)) = found else { return Vec::new() };
    let mut last_year = None;
    let tick = |at: DateTime<Utc>| {
        let label = match step {
            Step::Minutes(_) if at.time() != NaiveTime::MIN => at.format("%H:%M"),
            Step::Months(12..) => at.format("%Y"),
            Step::Months(_) => at.format("%b"),
            Step::Minutes(_) | Step::Days(_) => at.format("%-d %b"),
        };
        let year = Some(at.year()).filter(|year| last_year.replace(*year) != Some(*year));
        Tick { at, label: label.to_string(), year: year.filter(|_| !matches!(step, Step::Months(12..))) }
    };
    instants.into_iter().map(tick).collect()
}

/// Every instant of a step, both ends included.
fn instants(from: DateTime<Utc>, to: DateTime<Utc>, step: Step) -> impl Iterator<Item = DateTime<Utc>> {
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let day = from.date_naive();
    let first = match step {
        // Weeks begin on Mondays; other days are counted from the first.
        Step::Days(days) if days % 7 == 0 => {
            midnight(day - Days::new(day.weekday().num_days_from_monday().into()))
        }
        Step::Minutes(_) | Step::Days(_) => midnight(day),
        Step::Months(_) => midnight(NaiveDate::from_ymd_opt(day.year(), 1, 1).unwrap_or(day)),
    };
    let next = move |at: &DateTime<Utc>| match step {
        Step::Minutes(minutes) => at.checked_add_signed(TimeDelta::minutes(minutes)),
        Step::Days(days) => at.checked_add_days(Days::new(days)),
        Step::Months(months) => at.checked_add_months(Months::new(months)),
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
