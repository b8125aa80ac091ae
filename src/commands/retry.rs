//! `landfall retry`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::Utc;
use diesel::PgConnection;
use tokio::runtime::Runtime;

use super::database::Database;
use super::empty_sources::EmptySource;
use super::{Exit, import, signals};
use crate::cli::Retry;
use crate::ingest::{self, PlanMode, Selection, Stop, feeds};
use crate::ledger;
use crate::source::Location;
use crate::telemetry::LogFormat;

pub(super) fn run(args: Retry, format: LogFormat) -> anyhow::Result<Exit> {
    let runtime = Runtime::new()?;
    let stop = Stop::default();
    signals::watch(&runtime, &stop, signals::STOPPING_IMPORT)?;
    let database = Database::open(&args.database)?;
    let mut connection = database.migrated()?;
    let locations = match args.sources.is_empty() {
        true => &rejected_locations(&mut connection)?,
        false => &args.sources,
    };
    let (sources, failed) = import::open(locations, args.s3, &runtime)?;
    let plan = ingest::plan(
        &mut connection,
        &sources,
        &feeds(),
        &Selection::default(),
        PlanMode::Rejected,
        Utc::now(),
    )?;
    let mut plan = import::with_failed(plan, failed, locations.len())?;
    if args.sources.is_empty() {
        // The user did not give these locations: they are where rejected dumps were.
        plan.without_dumps.clear();
    }
    let empty_sources = EmptySource::of(&plan);
    import::run_plan(plan, &empty_sources, connection, &database, args.options, format, &stop)
}

/// Locations to list in order to find every object that was rejected, or of which records were.
fn rejected_locations(connection: &mut PgConnection) -> anyhow::Result<Vec<Location>> {
    let mut folders = BTreeSet::new();
    let mut buckets: BTreeMap<String, String> = BTreeMap::new();
    let objects = ledger::rejected_objects(connection)?.into_iter().map(|object| (object.source, object.key));
    let dumps = ledger::with_rejected_records(connection)?.into_iter().map(|dump| (dump.source, dump.key));
    for (source, key) in objects.chain(dumps) {
        match source.strip_prefix("s3://") {
            Some(bucket) => {
                // The common prefix of the keys: a role may be allowed to list no more than that.
                let prefix = buckets.entry(bucket.to_owned()).or_insert_with(|| key.clone());
                while !key.starts_with(prefix.as_str()) {
                    prefix.pop();
                }
            }
            None => {
                folders.insert(Path::new(&key).parent().unwrap_or(Path::new("/")).to_owned());
            }
        }
    }
    let buckets = buckets.into_iter().map(|(bucket, prefix)| Location::S3 { bucket, prefix });
    let folders = folders.into_iter().filter(|folder| {
        // A folder without permission exists; that it cannot be read is reported with the sources.
        let exists = folder.try_exists().unwrap_or(true);
        if !exists {
            tracing::warn!(folder = %folder.display(), "deleted, with the rejected dumps in it");
        }
        exists
    });
    Ok(buckets.chain(folders.map(Location::Path)).collect())
}
