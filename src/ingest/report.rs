//! The result of a run.

use serde::Serialize;

use super::missed::{FailedSource, SkippedEntry};
use super::outcome::Outcome;
use super::plan::Plan;
use super::stop::Stop;
use super::task::Task;
use super::too_early::TooEarly;
use crate::feed::{RecordError, Role};

/// The totals of a run, as `--json` prints them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Objects listed.
    pub objects: usize,
    /// Objects that are no dump of any feed.
    pub ignored: usize,
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
    pub deleted: usize,
    /// Dumps of days that are still to come: each run looks at them again.
    pub too_early: Vec<TooEarly>,
    /// Dumps rejected in this run.
    pub rejected: Vec<RejectedDump>,
    /// Dumps that could not be fetched.
    pub failed: Vec<Failure>,
    /// Entries of directories that could not be read.
    pub unreadable: Vec<SkippedEntry>,
    /// Sources that could not be listed, or were given up as down.
    pub failed_sources: Vec<FailedSource>,
    /// Dumps that remain for the next run: this one was to stop, or their source is down.
    pub remaining: usize,
    /// Whether the run was asked to stop.
    pub stopped: bool,
    /// Records read from the landed dumps.
    pub records: u64,
    /// Stored bytes of the landed dumps: compressed if they are.
    pub bytes: u64,
    /// Rows added.
    pub rows_new: i64,
    /// Records equal to what was stored already.
    pub rows_repeated: i64,
    /// Records that give a row another value than another dump does.
    pub rows_disagreeing: i64,
    /// Records of superseded dumps that were not stored.
    pub rows_outdated: i64,
    /// Records rejected alone: the others of their dumps are stored.
    pub rows_rejected: i64,
    /// Rows of replaced revisions that were removed.
    pub rows_removed: i64,
    /// Seconds the run took.
    pub seconds: f64,
    /// Records imported a second.
    pub records_per_second: f64,
}

/// A rejected dump.
#[derive(Clone, Debug, Serialize)]
pub struct RejectedDump {
    /// Where it is.
    pub location: String,
    /// Why it was rejected.
    #[serde(flatten)]
    pub error: RecordError,
}

/// A dump that could not be fetched.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// Where it is.
    pub location: String,
    /// What went wrong.
    pub error: String,
}

impl Report {
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            objects: plan.objects,
            ignored: plan.ignored,
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
                self.rows_rejected += counts.rejected;
                self.rows_removed += counts.removed;
            }
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Rejected(rejection) => {
                let error = rejection.first().clone();
                self.rejected.push(RejectedDump { location: task.location(), error });
            }
            Outcome::Failed(error) => self.failed.push(Failure { location: task.location(), error }),
            Outcome::Deleted => self.deleted += 1,
        }
    }

    pub(super) fn finish(&mut self, plan: &Plan, stop: &Stop, seconds: f64) {
        let done = self.landed
            + self.superseded
            + (self.unchanged - plan.unchanged)
            + self.deleted
            + self.rejected.len()
            + self.failed.len();
        self.remaining = plan.tasks.len() - done;
        self.stopped = stop.is_set();
        self.seconds = seconds;
        self.records_per_second = if seconds > 0.0 { self.records as f64 / seconds } else { 0.0 };
    }
}
