//! `landfall import`.

use std::sync::Arc;

use diesel::PgConnection;
use tokio::runtime::Runtime;

use super::database::Database;
use super::without_dumps::WithoutDumps;
use super::{Exit, report, signals};
use crate::cli::{self, Import};
use crate::feed::FEEDS;
use crate::landing::{self, Plan, Progress, Selection, Stop, Which};
use crate::source::{Bucket, Directory, Location, Source};

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
    let without_dumps = WithoutDumps::of(&plan);
    if args.dry_run {
        report::print_plan(&plan, &without_dumps, args.landing.json)?;
        return Ok(exit(&without_dumps));
    }
    land(plan, &without_dumps, connection, &database, args.landing, &stop)
}

/// A file that was named and is no dump is an error: whoever names it wants it to land. A folder or bucket may be
/// without dumps, for a while.
fn exit(without_dumps: &[WithoutDumps]) -> Exit {
    if without_dumps.iter().any(|place| place.is_file) { Exit::CouldNotRun } else { Exit::Well }
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
                Location::S3 { bucket, prefix } => {
                    Arc::new(Bucket::open(bucket, prefix, s3.into(), runtime.handle().clone())?)
                }
                Location::Path(path) => Arc::new(Directory::open(path)?),
            };
            Ok(source)
        })
        .collect()
}

/// Lands a plan and prints the report.
pub(super) fn land(
    plan: Plan,
    without_dumps: &[WithoutDumps],
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
    let report = landing::run(plan, &database.url, args.jobs.into(), stop, &progress)?;
    report::print(&report, without_dumps, args.json)?;
    Ok(if !report.failed.is_empty() {
        Exit::CouldNotRun
    } else {
        match exit(without_dumps) {
            Exit::Well if !report.rejected.is_empty() => Exit::SomeRejected,
            exit => exit,
        }
    })
}
