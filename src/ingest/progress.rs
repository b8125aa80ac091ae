//! Shows how far a run is: a bar on a terminal, log lines elsewhere.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressStyle};
use tracing::{info, warn};

use super::outcome::Outcome;
use super::task::Task;
use crate::feed::Role;

/// Shows how far a run is.
pub struct Progress {
    bar: ProgressBar,
    lines: bool,
}

impl Progress {
    /// Log lines.
    pub fn lines() -> Self {
        Self { bar: ProgressBar::hidden(), lines: true }
    }

    /// A bar if standard error is a terminal and shows messages of this level, log lines otherwise.
    pub fn new(tasks: usize) -> Self {
        if !stderr().is_terminal() || !tracing::enabled!(tracing::Level::INFO) {
            return Self::lines();
        }
        let bar = ProgressBar::new(tasks as u64);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos}/{len} dumps  {elapsed} (left: {eta})  {msg}")
        {
            bar.set_style(style);
        }
        Self { bar, lines: false }
    }

    /// Shows a dump that waits for others to land with.
    pub(super) fn fetched(&self, task: &Task) {
        self.bar.set_message(format!("read: {}", task.identity()));
    }

    pub(super) fn done(&self, task: &Task, outcome: &Outcome) {
        self.bar.inc(1);
        let location = task.location();
        match outcome {
            Outcome::Landed { role: Role::Outdated | Role::Withdrawn, .. } => {
                self.say(|| warn!(location, "a newer revision of this dump has landed before"));
            }
            Outcome::Landed { role, records, counts, .. } => {
                self.bar.set_message(task.identity().to_owned());
                if counts.disagreeing > 0 {
                    self.say(|| {
                        warn!(
                            location,
                            rows_disagreeing = counts.disagreeing,
                            see = task.feed.disagreements(),
                            "dumps disagree"
                        )
                    });
                }
                if counts.rejected > 0 {
                    self.say(|| {
                        warn!(location, rows_rejected = counts.rejected, "records rejected; see dead_letters")
                    });
                }
                if self.lines {
                    info!(
                        location,
                        replaced = *role != Role::First,
                        records,
                        rows_new = counts.new,
                        rows_repeated = counts.repeated,
                        rows_disagreeing = counts.disagreeing,
                        rows_removed = counts.removed,
                        "landed"
                    );
                }
            }
            Outcome::Unchanged if self.lines => {
                info!(location, "unchanged: the same bytes have landed before")
            }
            Outcome::Unchanged => {}
            Outcome::Rejected(rejection) => self.say(|| warn!(location, rejection = %rejection, "rejected")),
            Outcome::Failed(error) => self.say(|| warn!(location, error, "could not be fetched")),
            Outcome::Deleted => self.say(|| warn!(location, "deleted after it was listed")),
        }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn say(&self, line: impl FnOnce()) {
        self.bar.suspend(line);
    }
}
