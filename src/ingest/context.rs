//! What all parts of a run share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::effort::Effort;
use super::outcome::Outcome;
use super::progress::Progress;
use super::report::Report;
use super::source_health::Health;
use super::stop::Stop;
use super::task::Task;
use crate::db::DatabaseUrl;

/// What the lanes of a run share.
pub(super) struct Context<'r> {
    pub(super) database: &'r DatabaseUrl,
    pub(super) effort: Effort,
    pub(super) stop: &'r Stop,
    pub(super) health: Health<'r>,
    pub(super) progress: &'r Progress,
    pub(super) report: Mutex<Report>,
    /// Batches so far, of all lanes.
    pub(super) batches: AtomicUsize,
}

impl Context<'_> {
    /// A span for the next batch, so that log lines tell which one they are about.
    pub(super) fn batch_span(&self, feed: &'static str, dumps: usize) -> tracing::Span {
        let batch = self.batches.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::info_span!("batch", feed, batch, dumps)
    }

    /// Reports what became of a dump.
    pub(super) fn report(&self, task: &Task, outcome: Outcome) {
        self.progress.done(task, &outcome);
        self.report.lock().unwrap_or_else(PoisonError::into_inner).add(task, outcome);
    }
}
