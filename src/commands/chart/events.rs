//! Application events.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::cli::events::Chart;
use crate::commands::Exit;
use crate::commands::database::Database;
use crate::commands::events::{Counted, count};
use crate::commands::spot::check;
use crate::db::snapshot;
use crate::feed::events::chart::daily_chart;

pub(super) fn run(args: &Chart) -> anyhow::Result<Exit> {
    check("chart events", args.days);
    let database = Database::open(&args.database)?;
    let mut connection = database.current()?;
    let Counted { interval, coverage, counts } =
        snapshot(&mut connection, |connection| count(connection, &args.events, args.days))?;
    let chart = daily_chart(&counts, interval, coverage.received_at);
    let lines = counts.iter().map(|count| (&count.event, &count.device)).collect::<HashSet<_>>().len();
    if lines > chart.series.len() {
        let drawn = chart.series.len();
        tracing::warn!(
            lines,
            drawn,
            "only the most frequent lines are drawn; choose with --event or --device"
        );
    }
    let now = Utc::now();
    super::write(&chart, &args.output, |template| file_name(template, now))?;
    Ok(Exit::Success)
}

/// The name that a template stands for at an instant. Only what stands for a part of the time is replaced: a name may
/// have other percent signs.
fn file_name(template: &str, now: DateTime<Utc>) -> String {
    let parts = ["%Y", "%m", "%d", "%H", "%M"];
    parts
        .into_iter()
        .fold(template.to_owned(), |name, part| name.replace(part, &now.format(part).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_stands_for_the_time() {
        let now = "2026-11-27T08:05:59Z".parse().unwrap();
        let name = |template: &str| file_name(template, now);
        assert_eq!(name("charts/events-%Y%m%dT%H%MZ.svg"), "charts/events-20261127T0805Z.svg");
        assert_eq!(name("100%.svg"), "100%.svg");
        assert_eq!(name("%S-%%.svg"), "%S-%%.svg");
    }
}
