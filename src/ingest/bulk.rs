//! Lands whole months at once, where a feed can do that faster than batch by batch.

use std::collections::{BTreeMap, HashSet};
use std::thread;

use chrono::{Datelike, NaiveDate};

use super::context::Context;
use super::effort::Bulk;
use super::error::IngestError;
use super::fetch_outcome::FetchOutcome;
use super::fetchers::Fetchers;
use super::queue::Queue;
use super::session::{Batch, Session};
use super::task::Task;
use crate::db;
use crate::feed::{Gather, TypedFeed, Writer};

/// Objects of a month that are worth a load, in bytes: it takes two more tables and waits for all of them.
const MIN_BYTES: u64 = 16 << 20;

/// Decoded dumps that may wait, in bytes: they are taken over as fast as they come.
const QUEUE_BYTES: usize = 4 << 20;

/// Lands the months of which nothing is stored, in order: one is written while the next is fetched. Returns the tasks that
/// are left for batches, in their order.
///
/// Whatever goes wrong with a month, its tasks are left: batches are tried again, and tell which dump is to blame.
pub(super) fn import<'t, F: TypedFeed>(feed: &F, tasks: &'t [Task], context: &Context<'_>) -> Vec<&'t Task> {
    let mut left: Vec<&Task> = Vec::new();
    let mut months: BTreeMap<NaiveDate, Vec<&Task>> = BTreeMap::new();
    for task in tasks {
        let day = task.dump.as_ref().ok().and_then(|dump| dump.period);
        match day.and_then(|day| day.with_day(1)) {
            Some(month) if context.effort.bulk != Bulk::Never => months.entry(month).or_default().push(task),
            _ => left.push(task),
        }
    }
    thread::scope(|scope| {
        let mut writing: Option<thread::ScopedJoinHandle<'_, Vec<&Task>>> = None;
        for (month, tasks) in months {
            if context.stop.is_set() || !is_worth_it(&tasks, context.effort.bulk) {
                left.extend(tasks);
                continue;
            }
            let gathered = Month::gather(feed, month, &tasks, context);
            left.extend(writing.take().map(join).unwrap_or_default());
            match gathered {
                Ok(Some(gathered)) => {
                    let span = tracing::Span::current();
                    writing = Some(scope.spawn(move || {
                        let written = span.in_scope(|| gathered.write(feed, context));
                        written.unwrap_or_else(|error| {
                            note_failure(month, &error);
                            tasks
                        })
                    }));
                }
                Ok(None) => left.extend(tasks),
                Err(error) => {
                    note_failure(month, &error);
                    left.extend(tasks);
                }
            }
        }
        left.extend(writing.map(join).unwrap_or_default());
    });
    // In the order of scopes again.
    left.sort_by(|a, b| (&a.dump, &a.object.key).cmp(&(&b.dump, &b.object.key)));
    left
}

fn is_worth_it(tasks: &[&Task], bulk: Bulk) -> bool {
    bulk == Bulk::Always || tasks.iter().map(|task| task.object.size).sum::<u64>() >= MIN_BYTES
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// No error of the run: another importer may have begun the month, and batches tell what is wrong otherwise.
fn note_failure(month: NaiveDate, error: &IngestError) {
    let (month, cause) = (month.format("%Y-%m"), error.cause());
    tracing::info!(%month, cause, "the month does not land as a whole; its dumps land in batches");
}

/// The fetched dumps of a month, whose writer keeps what they say.
struct Month<'t, F: TypedFeed> {
    session: Session<F>,
    batch: Batch<'t, F::Content>,
    /// The tasks that cannot land with them.
    left: Vec<&'t Task>,
}

impl<'t, F: TypedFeed> Month<'t, F> {
    /// Fetches the dumps of a month; nothing if something of it is stored, or if the run is to stop.
    fn gather(
        feed: &F,
        month: NaiveDate,
        tasks: &[&'t Task],
        context: &Context<'_>,
    ) -> Result<Option<Self>, IngestError> {
        let beside = [db::connect(context.database)?, db::connect(context.database)?];
        let Some(writer) = feed.month_writer(beside, month)? else { return Ok(None) };
        tracing::info!(month = %month.format("%Y-%m"), dumps = tasks.len(), "landing a month as a whole");
        let mut session = Session::new(db::connect(context.database)?, writer)?;
        let fetchers = Fetchers { feed, tasks, jobs: context.effort.jobs, queue_bytes: QUEUE_BYTES, context };
        let (batch, mut left) = fetchers.run(|queue| gather(queue, &mut session, context))?;
        let gathered = batch.len() + left.len();
        left.extend(&tasks[gathered..]);
        let is_complete = !context.stop.is_set() && !batch.is_empty();
        Ok(is_complete.then_some(Self { session, batch, left }))
    }

    /// Writes the month in one transaction; returns the tasks that are left.
    fn write(self, feed: &F, context: &Context<'_>) -> Result<Vec<&'t Task>, IngestError> {
        let Self { mut session, batch, mut left } = self;
        let _span = context.batch_span(feed.name(), batch.len()).entered();
        let landing: Vec<&Task> = batch.iter().map(|(task, _)| *task).collect();
        let Some(outcomes) = session.commit(feed, batch, context.database, context.stop)? else {
            left.extend(landing);
            return Ok(left);
        };
        for (task, outcome) in landing.into_iter().zip(outcomes) {
            match outcome {
                Some(outcome) => context.report(task, outcome),
                None => left.push(task),
            }
        }
        Ok(left)
    }
}

/// Gathers dumps as they are fetched, until the writer takes no more; returns those that it took, and the others before
/// that.
fn gather<'t, F: TypedFeed>(
    queue: &Queue<'t, F::Content>,
    session: &mut Session<F>,
    context: &Context<'_>,
) -> Result<(Batch<'t, F::Content>, Vec<&'t Task>), IngestError> {
    let Session { connection, writer, .. } = session;
    let mut names = HashSet::new();
    let (mut batch, mut left) = (Vec::new(), Vec::new());
    while let Some(fetched) = queue.take() {
        for (task, mut fetched) in fetched {
            let content = match &mut fetched {
                FetchOutcome::Decoded { content, .. } => Some(content),
                FetchOutcome::Rejected { .. } => None,
                FetchOutcome::Failed(_) | FetchOutcome::Deleted | FetchOutcome::Stopped => {
                    left.push(task);
                    continue;
                }
            };
            // A batch holds each dump once.
            if !names.insert(task.identity()) {
                left.push(task);
                continue;
            }
            match content.map(|content| writer.gather(connection, content)).transpose()? {
                None | Some(Gather::Taken) => {
                    context.progress.fetched(task);
                    batch.push((task, fetched));
                }
                Some(Gather::Left) => left.push(task),
                Some(Gather::Full) => return Ok((batch, left)),
            }
        }
    }
    Ok((batch, left))
}
