//! Lands what messages tell of, by the engine's ordinary path.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use chrono::Utc;
use diesel::PgConnection;

use super::Follower;
use super::arrivals::{Arrival, Arrivals};
use super::keys::Keys;
use super::{database, listing};
use crate::db;
use crate::db::sqlstate::Cause;
use crate::ingest::{self, FEEDS, PlanMode, Progress, Report, Selection, Stop, feeds, location};
use crate::ledger;
use crate::source::{Object, Source};

/// How long what is in hand may take after a stop: others may hold the locks it needs. A task that is stopped has two minutes.
const GRACE: Duration = Duration::from_secs(30);

/// How soon a stop is noticed.
const NOTICE_INTERVAL: Duration = Duration::from_millis(50);

/// What became of the objects that messages tell of.
#[derive(Default)]
pub(super) struct Landed {
    /// Those that are not done: they could not be looked up, read or written.
    pub(super) undone: BTreeSet<Arrival>,
    /// Those whose day has not come.
    pub(super) too_early: BTreeSet<Arrival>,
    /// The run's own report.
    pub(super) report: Report,
    /// Seconds from the earliest event to now, of what this run has brought into the ledger.
    pub(super) lag_seconds: Option<f64>,
    /// Whether no more should be received for a while: the database failed, or every bucket that was asked.
    pub(super) in_trouble: bool,
}

impl Landed {
    /// When nothing was done.
    fn nothing(arrivals: &Arrivals) -> Self {
        let undone = arrivals.objects.keys().cloned().collect();
        Self { undone, in_trouble: true, ..Self::default() }
    }
}

/// Lands all that can be. After `stop`, what is in hand is still finished, if that takes no longer than [`GRACE`].
///
/// # Errors
///
/// The database refuses the password.
pub(super) fn land(follower: &Follower, arrivals: &Arrivals, stop: &Stop) -> anyhow::Result<Landed> {
    if arrivals.objects.is_empty() {
        return Ok(Landed::default());
    }
    // After `stop`, a database that is away is not waited for: the messages come again.
    let Some(mut connection) = database::connect(&follower.database, stop)? else {
        return Ok(Landed::nothing(arrivals));
    };
    let landed = try_land(follower, arrivals, &mut connection, stop);
    Ok(landed.unwrap_or_else(|error| {
        tracing::error!(error = format!("{error:#}"), "nothing landed: the messages come again");
        Landed::nothing(arrivals)
    }))
}

fn try_land(
    follower: &Follower,
    arrivals: &Arrivals,
    connection: &mut PgConnection,
    stop: &Stop,
) -> anyhow::Result<Landed> {
    let (numbers, keys): (Vec<usize>, Vec<Arc<Keys>>) = arrivals
        .by_bucket()
        .into_iter()
        .map(|(number, keys)| (number, Arc::new(Keys::new(follower.buckets[number].clone(), keys))))
        .unzip();
    let sources: Vec<Arc<dyn Source>> = keys.iter().map(|keys| keys.clone() as _).collect();
    let plan =
        ingest::plan(connection, &sources, &feeds(), &Selection::default(), PlanMode::New, Utc::now())?;
    listing::log_gaps(&plan);
    let unknown = numbers
        .iter()
        .zip(&keys)
        .flat_map(|(number, keys)| keys.unknown().into_iter().map(|key| (*number, key)));
    let mut undone: BTreeSet<Arrival> = unknown.collect();
    let early: BTreeSet<&str> = plan.too_early.iter().map(|dump| dump.location.as_str()).collect();
    let is_early =
        |(number, key): &&Arrival| early.contains(location(follower.buckets[*number].name(), key).as_str());
    let too_early = arrivals.objects.keys().filter(is_early).cloned().collect();
    let planned: Vec<(Arrival, Object)> = plan
        .tasks
        .iter()
        .map(|task| ((numbers[task.source_index], task.object.key.clone()), task.object.clone()))
        .collect();

    let (report, ended) = with_grace(stop, |stop| {
        ingest::run(plan, FEEDS, &follower.database, follower.effort, stop, &Progress::lines())
    });
    if let Err(error) = &ended {
        tracing::error!(%error, cause = error.cause(), "not all messages in hand could be finished: they come again");
    }
    // The ledger decides, not the report: a message goes only after the commit of everything it tells of.
    let done = recorded(follower, &planned).context("cannot read the ledger")?;
    let lag = done.iter().filter_map(|arrival| arrivals.objects[arrival]).min().map(|at| Utc::now() - at);
    undone.extend(planned.into_iter().map(|(arrival, _)| arrival).filter(|arrival| !done.contains(arrival)));
    Ok(Landed {
        undone,
        too_early,
        lag_seconds: lag.map(|lag| lag.num_milliseconds() as f64 / 1_000.0),
        in_trouble: ended.is_err() || report.failed_sources.len() >= sources.len(),
        report,
    })
}

/// Does some work whose own stop comes [`GRACE`] after `stop`.
fn with_grace<T>(stop: &Stop, work: impl FnOnce(&Stop) -> T) -> T {
    let (own, over) = (Stop::default(), Stop::default());
    thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while !stop.is_set() && !over.is_set() {
                thread::park_timeout(NOTICE_INTERVAL);
            }
            over.sleep(GRACE);
            own.set();
        });
        let done = work(&own);
        over.set();
        watch.thread().unpark();
        done
    })
}

/// Those objects whose latest entry in the ledger is of the version that was listed.
fn recorded(follower: &Follower, planned: &[(Arrival, Object)]) -> anyhow::Result<BTreeSet<Arrival>> {
    // The run may have taken long, or the database restarted meanwhile: its connection may be gone.
    let connection = &mut db::connect(&follower.database)?;
    let mut recorded = BTreeSet::new();
    for (arrival, object) in planned {
        let source = follower.buckets[arrival.0].name();
        // One by one: there may be a key that the encoding of the database cannot hold.
        let seen = match ledger::seen_among(connection, &[source], &[&object.key]) {
            Err(error) if Cause::of(&error) == Cause::Data => continue,
            seen => seen?,
        };
        if seen.iter().any(|seen| seen.fingerprint == object.fingerprint) {
            recorded.insert(arrival.clone());
        }
    }
    Ok(recorded)
}
