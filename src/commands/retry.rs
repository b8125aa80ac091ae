//! `landfall retry`.

use std::collections::BTreeSet;
use std::path::Path;

use diesel::PgConnection;
use tokio::runtime::Runtime;

use super::database::Database;
use super::{Exit, import, signals};
use crate::cli::Retry;
use crate::db::ledger;
use crate::feed::FEEDS;
use crate::landing::{self, Selection, Stop, Which};
use crate::source::Location;

pub(super) fn run(args: Retry) -> anyhow::Result<Exit> {
    let runtime = Runtime::new()?;
    let stop = Stop::default();
    signals::watch(&runtime, &stop)?;
    let database = Database::open(&args.database)?;
    let mut connection = database.migrated()?;
    let locations = match args.sources.is_empty() {
        true => rejected_places(&mut connection)?,
        false => args.sources.into_iter().collect(),
    };
    let sources = import::open(&locations, args.s3, &runtime)?;
    let plan = landing::plan(&mut connection, &sources, FEEDS, &Selection::default(), Which::Rejected)?;
    import::land(plan, connection, &database, args.landing, &stop)
}

/// Where to list so that every rejected object is met that is still there.
fn rejected_places(connection: &mut PgConnection) -> anyhow::Result<BTreeSet<Location>> {
    let mut places = BTreeSet::new();
    for entry in ledger::rejected(connection)? {
        match entry.source.strip_prefix("s3://") {
            Some(bucket) => {
                places.insert(Location::S3 { bucket: bucket.to_owned(), prefix: String::new() });
            }
            None => {
                let folder = Path::new(&entry.key).parent().unwrap_or(Path::new("/"));
                if folder.exists() {
                    places.insert(Location::Path(folder.to_owned()));
                } else {
                    tracing::warn!(folder = %folder.display(), "gone, with the rejected dumps in it");
                }
            }
        }
    }
    Ok(places)
}
