//! What all parts of a run share.

use std::sync::{Mutex, PoisonError};

use super::health::Health;
use super::progress::Progress;
use super::report::Report;
use super::stop::Stop;
use super::task::Task;
use super::transaction::Outcome;
use crate::db::DatabaseUrl;

/// What the lanes of a run share.
pub(super) struct Context<'r> {
    pub(super) database: &'r DatabaseUrl,
    /// Dumps to fetch and decode at once.
    pub(super) jobs: usize,
    pub(super) stop: &'r Stop,
    pub(super) health: Health<'r>,
    pub(super) progress: &'r Progress,
    pub(super) report: Mutex<Report>,
}

impl Context<'_> {
    /// Reports what became of a dump.
    pub(super) fn report(&self, task: &Task, outcome: Outcome) {
        self.progress.done(task, &outcome);
        self.report.lock().unwrap_or_else(PoisonError::into_inner).add(task, outcome);
    }
}
