//! Application events.

use tokio::runtime::Runtime;

use super::report;
use crate::cli::extract::Events;
use crate::commands::Exit;
use crate::commands::database::Database;
use crate::commands::destination;
use crate::commands::usage::wrong_usage;
use crate::db::snapshot;
use crate::extract::{self, Selection, stale_days};
use crate::feed::interval::InvalidInterval;
use crate::source::Location;

pub(super) fn run(args: &Events) -> anyhow::Result<Exit> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to < from
    {
        wrong_usage("extract events", format!("--to: {}", InvalidInterval::Backwards));
    }
    let runtime = Runtime::new()?;
    let sink = destination::open(&args.destination, args.s3.addressing.into(), &runtime)?;
    let selection = Selection { from: args.from, to: args.to, full: args.full };
    let database = Database::open(&args.database)?;
    let mut reader = database.current()?;
    if args.dry_run {
        let destination = sink.location();
        let days = snapshot(&mut reader, |reader| stale_days(reader, &destination, selection))?;
        report::print_plan(&destination, &days, args.json)?;
        return Ok(Exit::Success);
    }
    if matches!(args.destination, Location::Path(_)) {
        sink.check()?;
    }
    let report = extract::run(sink.as_ref(), selection, &mut reader, &mut database.connect()?)?;
    report::print(&report, args.json)?;
    Ok(Exit::Success)
}
