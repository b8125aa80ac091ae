//! `landfall retry`.

use std::collections::BTreeSet;

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
    let mut locations = args.sources;
    if locations.is_empty() {
        let rejected = ledger::rejected(&mut connection)?;
        let places: BTreeSet<String> =
            rejected.into_iter().map(|entry| place(&entry.source, &entry.key)).collect();
        locations = places.iter().map(|place| place.parse()).collect::<Result<Vec<Location>, _>>()?;
    }
    let sources = import::open(&locations, args.s3, &runtime)?;
    let plan = landing::plan(&mut connection, &sources, FEEDS, &Selection::default(), Which::Rejected)?;
    import::land(plan, connection, &database, args.landing, &stop)
}

/// Where to list so that a rejected object is met: its bucket, or the file itself.
fn place(source: &str, key: &str) -> String {
    if source == "file://" { landing::location(source, key) } else { format!("{source}/{key}") }
}
