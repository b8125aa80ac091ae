//! `landfall import`.

use std::sync::Arc;

use chrono::Utc;
use diesel::PgConnection;
use tokio::runtime::Runtime;

use super::database::Database;
use super::empty_sources::EmptySource;
use super::usage::wrong_usage;
use super::{Exit, report, signals};
use crate::cli::{self, Import};
use crate::ingest::{
    self, Bulk, Effort, FEEDS, FailedSource, Plan, PlanMode, Progress, Selection, Stop, feeds,
};
use crate::source::{Bucket, Directory, Location, Source};
use crate::telemetry::LogFormat;

pub(super) fn run(args: Import, format: LogFormat) -> anyhow::Result<Exit> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since > until
    {
        wrong_usage("import", format!("--since: {since} is after --until {until}: write an earlier day"));
    }
    let runtime = Runtime::new()?;
    let stop = Stop::default();
    signals::watch(&runtime, &stop, signals::STOPPING_IMPORT)?;
    let (sources, failed) = open(&args.sources, args.s3, &runtime)?;
    let database = Database::open(&args.database)?;
    let mut connection = database.migrated()?;
    let selection = Selection {
        since: args.since,
        until: args.until,
        scope: vec![("account_id", args.accounts), ("region", args.regions)],
    };
    let plan = ingest::plan(&mut connection, &sources, &feeds(), &selection, PlanMode::New, Utc::now())?;
    let plan = with_failed(plan, failed, args.sources.len())?;
    let empty_sources = EmptySource::of(&plan);
    if args.dry_run {
        report::print_plan(&plan, &empty_sources, args.options.json)?;
        return Ok(if plan.may_lack_dumps() { Exit::CouldNotRun } else { exit(&empty_sources) });
    }
    run_plan(plan, &empty_sources, connection, &database, args.options, format, &stop)
}

/// A file that was given as SOURCE and is not a dump is an error. A folder or bucket may be without dumps, for a
/// while.
fn exit(empty_sources: &[EmptySource]) -> Exit {
    if empty_sources.iter().any(|source| source.is_file) { Exit::CouldNotRun } else { Exit::Success }
}

/// Sources, and those that could not be opened.
type Opened = (Vec<Arc<dyn Source>>, Vec<FailedSource>);

/// Opens every location that the user gave; those that cannot be opened do not prevent the others.
pub(super) fn open<'l>(
    locations: impl IntoIterator<Item = &'l Location>,
    s3: cli::S3,
    runtime: &Runtime,
) -> anyhow::Result<Opened> {
    let mut sources: Vec<Arc<dyn Source>> = Vec::new();
    let mut failed = Vec::new();
    for location in locations {
        match location {
            Location::S3 { bucket, prefix } => {
                match Bucket::open(bucket, prefix, s3.into(), runtime.handle().clone()) {
                    Ok(opened) => sources.push(Arc::new(opened)),
                    Err(error) => failed.push(FailedSource::new(&format!("s3://{bucket}"), &error)),
                }
            }
            Location::Path(path) => match Directory::open(path) {
                Ok(opened) => sources.push(Arc::new(opened)),
                Err(error) => failed.push(FailedSource::new(Directory::NAME, &error)),
            },
        }
    }
    // Then there is nothing to do, and no database is needed.
    if sources.is_empty() && !failed.is_empty() {
        return Err(all_failed(&failed));
    }
    Ok((sources, failed))
}

/// Adds sources that could not be opened to a plan. That is an error only if there is no other source.
pub(super) fn with_failed(mut plan: Plan, failed: Vec<FailedSource>, sources: usize) -> anyhow::Result<Plan> {
    plan.failed_sources.splice(0..0, failed);
    if sources > 0 && plan.failed_sources.len() == sources {
        return Err(all_failed(&plan.failed_sources));
    }
    for FailedSource { source, error } in &plan.failed_sources {
        tracing::error!(source, error, "skipped: the source cannot be listed");
    }
    Ok(plan)
}

fn all_failed(failed: &[FailedSource]) -> anyhow::Error {
    let errors: Vec<&str> = failed.iter().map(|failed| failed.error.as_str()).collect();
    anyhow::anyhow!("{}", errors.join("; "))
}

fn effort(options: cli::ImportOptions) -> Effort {
    let bulk = match options.bulk {
        cli::Bulk::Auto => Bulk::Auto,
        cli::Bulk::Always => Bulk::Always,
        cli::Bulk::Never => Bulk::Never,
    };
    Effort { jobs: options.jobs.into(), bulk }
}

/// Imports a plan and prints the report.
pub(super) fn run_plan(
    plan: Plan,
    empty_sources: &[EmptySource],
    connection: PgConnection,
    database: &Database,
    options: cli::ImportOptions,
    format: LogFormat,
    stop: &Stop,
) -> anyhow::Result<Exit> {
    // The run opens its own connections.
    drop(connection);
    tracing::info!(
        dumps = plan.tasks.len(),
        unchanged = plan.unchanged,
        still_rejected = plan.still_rejected,
        ignored = plan.ignored,
        "planned"
    );
    for dump in &plan.too_early {
        tracing::warn!(location = dump.location, day = %dump.day, "too early");
    }
    let progress = match format.resolve() {
        // A bar among them would make the lines unreadable.
        LogFormat::Json => Progress::lines(),
        _ => Progress::new(plan.tasks.len()),
    };
    let (report, ended) = ingest::run(plan, FEEDS, &database.url, effort(options), stop, &progress);
    // What has landed is reported even if the run failed.
    report::print(&report, empty_sources, options.json)?;
    ended.map_err(|error| database.explain(error))?;
    Ok(if !report.is_complete() {
        Exit::CouldNotRun
    } else {
        match exit(empty_sources) {
            Exit::Success if !report.rejected.is_empty() || !report.too_early.is_empty() => {
                Exit::SomeRejected
            }
            exit => exit,
        }
    })
}
