//! Application events.

use anyhow::Context;
use tokio::runtime::Runtime;

use super::report;
use crate::cli::extract::Events;
use crate::commands::Exit;
use crate::commands::database::Database;
use crate::commands::usage::wrong_usage;
use crate::db::snapshot;
use crate::extract::{self, Selection, stale_days};
use crate::feed::interval::InvalidInterval;
use crate::sink::{DirectorySink, S3Sink, Sink};
use crate::source::{Location, S3Options};

pub(super) fn run(args: &Events) -> anyhow::Result<Exit> {
    if let (Some(from), Some(to)) = (args.from, args.to)
        && to < from
    {
        wrong_usage("extract events", format!("--to: {}", InvalidInterval::Backwards));
    }
    let runtime = Runtime::new()?;
    let sink = sink(args, &runtime)?;
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

fn sink(args: &Events, runtime: &Runtime) -> anyhow::Result<Box<dyn Sink>> {
    Ok(match &args.destination {
        // What was extracted to it is recorded under its name.
        Location::Path(path) => {
            let path = std::path::absolute(path).with_context(|| format!("cannot use {}", path.display()))?;
            // However many slashes and dots it is written with.
            Box::new(DirectorySink::new(path.components().collect()))
        }
        Location::S3 { bucket, prefix } => {
            let options = S3Options { addressing: args.addressing.into(), ..S3Options::default() };
            Box::new(S3Sink::open(bucket, prefix, options, runtime.handle().clone())?)
        }
    })
}
