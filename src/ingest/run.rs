//! A run: everything in a plan, feed by feed.

use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::context::Context;
use super::effort::Effort;
use super::error::IngestError;
use super::plan::Plan;
use super::progress::Progress;
use super::registry::ImportableFeed;
use super::report::Report;
use super::source_health::Health;
use super::stop::Stop;
use crate::db::{self, DatabaseUrl};

/// Imports everything in the plan, or as much of it as can be before `stop` is set. `feeds` has at least those that the
/// plan was made for.
///
/// Dumps that are rejected or cannot be fetched are in the report, as are sources that are down; they do not
/// keep the others from being imported. The report is there also when the database ends the run early: it says
/// what was imported by then.
#[tracing::instrument(name = "run", skip_all, fields(dumps = plan.tasks.len()))]
pub fn run(
    plan: Plan,
    feeds: &[&'static dyn ImportableFeed],
    database: &DatabaseUrl,
    effort: Effort,
    stop: &Stop,
    progress: &Progress,
) -> (Report, Result<(), IngestError>) {
    let started = Instant::now();
    catch_up(feeds, database);
    let context = Context {
        database,
        effort,
        stop,
        health: Health::new(&plan.tasks),
        progress,
        report: Mutex::new(Report::of(&plan)),
        batches: AtomicUsize::new(0),
    };
    let of_one_feed = plan.tasks.chunk_by(|a, b| a.feed.name() == b.feed.name());
    let ended = of_one_feed.take_while(|_| !stop.is_set()).try_for_each(|tasks| {
        let name = tasks[0].feed.name();
        let feed = feeds.iter().find(|feed| feed.name() == name);
        feed.unwrap_or_else(|| panic!("the plan has dumps of {name}, the run does not"))
            .import(tasks, &context)
    });
    progress.finish();
    let mut report = context.report.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.failed_sources.extend(context.health.into_failed_sources());
    report.finish(&plan, stop, started.elapsed().as_secs_f64());
    (report, ended)
}

/// Lets every feed make up for what older versions did not do.
///
/// A failure does not keep anything from being imported: the next run tries again.
fn catch_up(feeds: &[&'static dyn ImportableFeed], database: &DatabaseUrl) {
    let caught_up = || -> Result<(), IngestError> {
        let mut connection = db::connect(database)?;
        feeds.iter().try_for_each(|feed| Ok(feed.catch_up(&mut connection)?))
    };
    if let Err(error) = caught_up() {
        tracing::warn!(%error, cause = error.cause(), "cannot make up for what an older version left undone; the next import tries again");
    }
}
