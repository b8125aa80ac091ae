//! What a run came to.

use serde::Serialize;

use crate::feed::{Rejection, Role};
use crate::source::SourceError;

use super::transaction::Outcome;
use super::{Plan, Stop, Task, TooEarly};

/// The sum of a run, as `--json` prints it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Objects listed.
    pub objects: usize,
    /// Objects that are no dumps.
    pub foreign: usize,
    /// Dumps outside the selection.
    pub unselected: usize,
    /// Dumps whose rows were added, with those that replaced an earlier revision.
    pub landed: usize,
    /// Of the landed: those that replaced an earlier revision.
    pub replaced: usize,
    /// Of the landed: those without a record.
    pub empty: usize,
    /// Dumps that came after a newer revision of theirs, landed or withdrawn.
    pub superseded: usize,
    /// Dumps that had landed before.
    pub unchanged: usize,
    /// Dumps rejected before, and unchanged since.
    pub still_rejected: usize,
    /// Objects deleted after they were listed.
    pub gone: usize,
    /// Dumps of days that have not come: each run looks at them anew.
    pub too_early: Vec<TooEarly>,
    /// Dumps refused in this run.
    pub rejected: Vec<Rejected>,
    /// Dumps that could not be fetched.
    pub failed: Vec<Failure>,
    /// Entries of directories that could not be looked at.
    pub unreadable: Vec<PassedOver>,
    /// Sources that could not be listed, or were given up as down.
    pub failed_sources: Vec<FailedSource>,
    /// Dumps that remain for the next run: this one was to stop, or their source is down.
    pub left: usize,
    /// Whether the run was asked to stop.
    pub stopped: bool,
    /// Records read from the landed dumps.
    pub records: u64,
    /// Bytes read from the landed dumps.
    pub bytes: u64,
    /// Rows added.
    pub rows_new: i64,
    /// Records that said what was said already.
    pub rows_repeated: i64,
    /// Records that give a row another price than another dump does.
    pub rows_disagreeing: i64,
    /// Records of superseded dumps that were not taken.
    pub rows_outdated: i64,
    /// Rows of replaced revisions taken away.
    pub rows_removed: i64,
    /// Seconds the run took.
    pub seconds: f64,
    /// Records landed a second.
    pub records_per_second: f64,
}

/// A refused dump.
#[derive(Clone, Debug, Serialize)]
pub struct Rejected {
    /// Where it lies.
    pub location: String,
    /// Why it was refused.
    #[serde(flatten)]
    pub rejection: Rejection,
}

/// A dump that could not be fetched.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// Where it lies.
    pub location: String,
    /// What went wrong.
    pub error: String,
}

/// An entry of a directory that could not be looked at.
#[derive(Clone, Debug, Serialize)]
pub struct PassedOver {
    /// Where it lies.
    pub location: String,
    /// What went wrong.
    pub error: String,
    /// Whether it may be a dump, or have dumps in it.
    pub may_hide_dumps: bool,
}

/// A source of which nothing can be read.
#[derive(Clone, Debug, Serialize)]
pub struct FailedSource {
    /// Its name in the ledger.
    pub source: String,
    /// What went wrong.
    pub error: String,
}

impl FailedSource {
    /// The failure of the source with this name.
    pub fn new(source: &str, error: &SourceError) -> Self {
        Self { source: source.to_owned(), error: error.to_string() }
    }
}

impl Report {
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            objects: plan.objects,
            foreign: plan.foreign,
            unselected: plan.unselected,
            unchanged: plan.unchanged,
            still_rejected: plan.still_rejected,
            unreadable: plan.unreadable.clone(),
            failed_sources: plan.failed_sources.clone(),
            too_early: plan.too_early.clone(),
            ..Self::default()
        }
    }

    /// Whether every dump that the sources hold was seen and could be fetched.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty()
            && self.failed_sources.is_empty()
            && !self.unreadable.iter().any(|entry| entry.may_hide_dumps)
    }

    pub(super) fn add(&mut self, task: &Task, outcome: Outcome) {
        match outcome {
            Outcome::Landed { role, records, bytes, counts } => {
                match role {
                    Role::Outdated | Role::Withdrawn => self.superseded += 1,
                    Role::First | Role::Replaces(_) => {
                        self.landed += 1;
                        self.replaced += usize::from(role != Role::First);
                        self.empty += usize::from(records == 0);
                    }
                }
                self.records += records;
                self.bytes += bytes;
                self.rows_new += counts.new;
                self.rows_repeated += counts.repeated;
                self.rows_disagreeing += counts.disagreeing;
                self.rows_outdated += counts.outdated;
                self.rows_removed += counts.removed;
            }
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Rejected(refusal) => {
                self.rejected.push(Rejected { location: task.location(), rejection: refusal.first });
            }
            Outcome::Failed(error) => self.failed.push(Failure { location: task.location(), error }),
            Outcome::Gone => self.gone += 1,
        }
    }

    pub(super) fn finish(&mut self, plan: &Plan, stop: &Stop, seconds: f64) {
        let done = self.landed
            + self.superseded
            + (self.unchanged - plan.unchanged)
            + self.gone
            + self.rejected.len()
            + self.failed.len();
        self.left = plan.tasks.len() - done;
        self.stopped = stop.is_set();
        self.seconds = seconds;
        self.records_per_second = if seconds > 0.0 { self.records as f64 / seconds } else { 0.0 };
    }
}
