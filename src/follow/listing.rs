//! Lists the buckets again and again, for events that were lost: an import.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;

use super::Follower;
use super::database;
use crate::ingest::{self, FEEDS, Pause, Plan, PlanMode, Progress, Selection, Stop, feeds};
use crate::source::Source;

/// The shortest time to the next listing after one that failed.
const FIRST_PAUSE: Duration = Duration::from_secs(60);

/// Lists at once, and then every so often, until `stop` is set.
///
/// # Errors
///
/// The database refuses the password.
pub(super) fn repeat(follower: &Follower, stop: &Stop) -> anyhow::Result<()> {
    let Some(every) = follower.list_every else { return Ok(()) };
    let mut pause = Pause::new(FIRST_PAUSE, every);
    while !stop.is_set() {
        if list(follower, stop)? {
            pause.reset();
            stop.sleep(every);
        } else {
            pause.wait(stop);
        }
    }
    Ok(())
}

/// Lists once, and lands what is new. Returns whether everything could be seen and read.
fn list(follower: &Follower, stop: &Stop) -> anyhow::Result<bool> {
    let Some(mut connection) = database::connect(&follower.database, stop)? else { return Ok(false) };
    let sources: Vec<Arc<dyn Source>> = follower.buckets.iter().map(|bucket| bucket.clone() as _).collect();
    let plan =
        ingest::plan(&mut connection, &sources, &feeds(), &Selection::default(), PlanMode::New, Utc::now());
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "the listing failed, trying again later");
            return Ok(false);
        }
    };
    // The run opens its own connections.
    drop(connection);
    log_gaps(&plan);
    for dump in &plan.too_early {
        tracing::warn!(location = dump.location, day = %dump.day, "too early");
    }
    let (report, ended) =
        ingest::run(plan, FEEDS, &follower.database, follower.effort, stop, &Progress::lines());
    if let Err(error) = &ended {
        tracing::error!(%error, cause = error.cause(), "the listing failed, trying again later");
    }
    tracing::info!(
        objects = report.objects,
        landed = report.landed,
        unchanged = report.unchanged + report.superseded,
        rejected = report.rejected.len(),
        still_rejected = report.still_rejected,
        failed = report.failed.len(),
        too_early = report.too_early.len(),
        remaining = report.remaining,
        "listed"
    );
    Ok(ended.is_ok() && report.failed_sources.is_empty() && !report.stopped)
}

/// Logs the sources that could not be listed.
pub(super) fn log_gaps(plan: &Plan) {
    for failed in &plan.failed_sources {
        tracing::error!(source = failed.source, error = failed.error, "the source cannot be listed");
    }
}
