//! `landfall import`.

use std::sync::Arc;

use diesel::PgConnection;
use tokio::runtime::Runtime;

use super::database::Database;
use super::{Exit, report, signals};
use crate::cli::{self, Import};
use crate::feed::FEEDS;
use crate::landing::{self, Plan, Progress, Selection, Stop, Which};
use crate::source::{Bucket, Directory, Location, S3Options, Source};

pub(super) fn run(args: Import) -> anyhow::Result<Exit> {
    let runtime = Runtime::new()?;
    let stop = Stop::default();
    signals::watch(&runtime, &stop)?;
    let sources = open(&args.sources, args.s3, &runtime)?;
    let database = Database::open(&args.database)?;
    let mut connection = database.migrated()?;
    let selection =
        Selection { since: args.since, until: args.until, accounts: args.accounts, regions: args.regions };
    let plan = landing::plan(&mut connection, &sources, FEEDS, &selection, Which::New)?;
    if args.dry_run {
        report::print_plan(&plan, args.landing.json)?;
        return Ok(Exit::Well);
    }
    land(plan, connection, &database, args.landing, &stop)
}

/// Opens every place the user named.
pub(super) fn open<'l>(
    locations: impl IntoIterator<Item = &'l Location>,
    s3: cli::S3,
    runtime: &Runtime,
) -> anyhow::Result<Vec<Arc<dyn Source>>> {
    locations
        .into_iter()
        .map(|location| {
            let source: Arc<dyn Source> = match location {
                Location::S3 { bucket, prefix } => Arc::new(Bucket::open(
                    bucket,
                    prefix,
                    S3Options { anonymous: s3.anonymous },
                    runtime.handle().clone(),
                )),
                Location::Path(path) => Arc::new(Directory::open(path)?),
            };
            Ok(source)
        })
        .collect()
}

/// Lands a plan and prints the report.
pub(super) fn land(
    plan: Plan,
    connection: PgConnection,
    database: &Database,
    args: cli::Landing,
    stop: &Stop,
) -> anyhow::Result<Exit> {
    // The run opens its own: this one would only sit there.
    drop(connection);
    tracing::info!(
        dumps = plan.tasks.len(),
        unchanged = plan.unchanged,
        still_rejected = plan.still_rejected,
        foreign = plan.foreign,
        "planned"
    );
    let progress = Progress::new(plan.tasks.len());
    let report = landing::run(plan, &database.url, args.jobs.into(), stop, &progress)
        .map_err(|error| database.explain(error))?;
    report::print(&report, args.json)?;
    Ok(if !report.failed.is_empty() {
        Exit::CouldNotRun
    } else if !report.rejected.is_empty() {
        Exit::SomeRejected
    } else {
        Exit::Well
    })
}
