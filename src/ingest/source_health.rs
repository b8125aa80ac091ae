//! Tells a source that is down from one with a few objects that cannot be read.
//!
//! Only a source that is down ends its part of a run, and no other's. An object that cannot be read (archived,
//! another account's, encrypted with a key that may not be used) says nothing about the next one, however
//! many there are of them, and the plan begins with the same ones in every run: giving up after any number
//! of them would keep out what is readable for ever. So there is no limit on them. Each costs one request
//! and no retry: for 100,000 of them, which is a wrong policy or prefix, a few minutes and cents a run.

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::source::SourceError;

use super::fetch;
use super::missed::FailedSource;
use super::stop::Stop;
use super::task::Task;

/// After so many dumps in a row for which a source failed, it is tested.
const FAILURES_IN_A_ROW: usize = 5;

/// Dumps that a test tries to read; one that can be read is enough.
const SAMPLES: usize = 3;

/// The health of all sources of a run.
pub(super) struct Health<'p> {
    tasks: &'p [Task],
    sources: Vec<SourceHealth>,
}

#[derive(Default)]
struct SourceHealth {
    failures_in_a_row: AtomicUsize,
    /// Held during a test, so that there is one at a time.
    testing: Mutex<()>,
    /// Why the source was given up.
    failure: OnceLock<FailedSource>,
}

impl<'p> Health<'p> {
    pub(super) fn new(tasks: &'p [Task]) -> Self {
        let count = tasks.iter().map(|task| task.source_index + 1).max().unwrap_or(0);
        Self { tasks, sources: (0..count).map(|_| SourceHealth::default()).collect() }
    }

    /// Whether the task's source was given up.
    pub(super) fn is_down(&self, task: &Task) -> bool {
        self.sources[task.source_index].failure.get().is_some()
    }

    /// Notes that the task's source works, whatever it said of the dump.
    pub(super) fn succeeded(&self, task: &Task) {
        self.sources[task.source_index].failures_in_a_row.store(0, Ordering::Relaxed);
    }

    /// Notes that a task of the run failed, and gives its source up if that is why.
    pub(super) fn failed(&self, task: &Task, error: &SourceError, stop: &Stop) {
        match error {
            SourceError::Fatal(_) => self.give_up(task, error),
            SourceError::Transient(_) => {
                let source = &self.sources[task.source_index];
                if source.failures_in_a_row.fetch_add(1, Ordering::Relaxed) + 1 < FAILURES_IN_A_ROW {
                    return;
                }
                let _test = source.testing.lock().unwrap_or_else(PoisonError::into_inner);
                // Another thread's test may have settled it meanwhile.
                let is_suspect = source.failures_in_a_row.load(Ordering::Relaxed) >= FAILURES_IN_A_ROW;
                if is_suspect && source.failure.get().is_none() && !stop.is_set() {
                    match self.test(task, stop) {
                        Ok(()) => self.succeeded(task),
                        Err(_) if stop.is_set() => {}
                        Err(error) => self.give_up(task, &error),
                    }
                }
            }
            SourceError::Deleted(_) | SourceError::Changed(_) | SourceError::Unreadable(_) => {
                self.succeeded(task);
            }
        }
    }

    /// The sources that were given up.
    pub(super) fn into_failed_sources(self) -> impl Iterator<Item = FailedSource> {
        self.sources.into_iter().filter_map(|source| source.failure.into_inner())
    }

    fn give_up(&self, task: &Task, error: &SourceError) {
        self.sources[task.source_index].failure.get_or_init(|| {
            let source = task.source.name();
            tracing::error!(source, %error, "the source is given up for this run");
            FailedSource::new(source, error)
        });
    }

    /// Tries to read some dumps of the same source that come after this one: the newest of them, and others
    /// from all over it. So neither the newest dumps nor the bulk of them wait for a few broken ones.
    fn test(&self, failed: &Task, stop: &Stop) -> Result<(), SourceError> {
        let later = self.tasks.iter().skip_while(|task| !ptr::eq(*task, failed)).skip(1);
        let mut rest: Vec<&Task> =
            later.filter(|task| task.source_index == failed.source_index && !task.object.archived).collect();
        rest.sort_by_key(|task| task.object.modified_at);
        let samples = rest.len().min(SAMPLES);
        let mut tested = Ok(());
        for sample in 0..samples {
            tested = fetch::test(rest[rest.len() - 1 - sample * rest.len() / samples], stop);
            if !matches!(tested, Err(SourceError::Transient(_))) {
                break;
            }
        }
        tested
    }
}

#[cfg(test)]
mod tests;
