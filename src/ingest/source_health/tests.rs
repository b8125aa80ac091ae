//! When a source is given up, and when not.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use chrono::{DateTime, NaiveDate};

use crate::source::{Listing, Object, Source, StoredBody};

use super::*;
use crate::ingest::FEEDS;

/// A source some of whose objects can be read.
struct Partly {
    readable: fn(&str) -> bool,
    opened: AtomicUsize,
}

impl Source for Partly {
    fn name(&self) -> &str {
        "test://"
    }

    fn list(&self, _: Option<NaiveDate>, _: &mut dyn FnMut(Listing)) -> Result<(), SourceError> {
        Ok(())
    }

    fn look_up(&self, key: &str) -> Result<Object, SourceError> {
        Err(SourceError::Deleted(key.to_owned()))
    }

    fn open(&self, object: &Object) -> Result<StoredBody, SourceError> {
        self.opened.fetch_add(1, Ordering::Relaxed);
        let bytes = Box::new(&b"[]"[..]);
        if (self.readable)(&object.key) {
            Ok(StoredBody { bytes, content_encoding: None })
        } else {
            Err(down())
        }
    }
}

fn down() -> SourceError {
    SourceError::Transient("S3 is not well: 503".to_owned())
}

/// Twenty tasks for each source, the newest last.
fn tasks(sources: &[&Arc<Partly>]) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (source_index, source) in sources.iter().enumerate() {
        for number in 0..20 {
            let object = Object {
                key: format!("{number:02}"),
                size: 2,
                modified_at: DateTime::from_timestamp(number, 0).unwrap(),
                fingerprint: String::new(),
                archived: false,
            };
            let source: Arc<dyn Source> = Arc::<Partly>::clone(source);
            tasks.push(Task {
                source_index,
                source,
                object,
                feed: FEEDS[0],
                dump: Err("unused".to_owned()),
                seen_entry_id: None,
                replay: false,
            });
        }
    }
    tasks
}

fn source(readable: fn(&str) -> bool) -> Arc<Partly> {
    Arc::new(Partly { readable, opened: AtomicUsize::new(0) })
}

fn fail(health: &Health<'_>, numbers: std::ops::Range<usize>, error: fn() -> SourceError) {
    numbers.for_each(|number| health.failed(&health.tasks[number], &error(), &Stop::default()));
}

#[test]
fn a_source_of_which_nothing_can_be_read_is_given_up_alone() {
    let (dead, well) = (source(|_| false), source(|_| true));
    let tasks = tasks(&[&dead, &well]);
    let health = Health::new(&tasks);
    fail(&health, 0..FAILURES_IN_A_ROW - 1, down);
    assert!(!health.is_down(&tasks[0]));
    fail(&health, 4..5, down);
    assert!(health.is_down(&tasks[19]) && !health.is_down(&tasks[20]));
    assert_eq!(dead.opened.load(Ordering::Relaxed), SAMPLES);
    let failed: Vec<_> = health.into_failed_sources().map(|failed| failed.error).collect();
    assert_eq!(failed, ["S3 is not well: 503"]);
}

#[test]
fn a_source_some_of_which_can_be_read_is_not_given_up() {
    // The newest alone; all but the newest.
    for readable in [(|key| key == "19") as fn(&str) -> bool, |key| key < "19"] {
        let source = source(readable);
        let tasks = tasks(&[&source]);
        let health = Health::new(&tasks);
        fail(&health, 0..10, down);
        assert!(!health.is_down(&tasks[0]));
        assert!(source.opened.load(Ordering::Relaxed) <= 4, "tested twice, with two samples at most");
    }
}

#[test]
fn a_success_in_between_says_that_the_source_works() {
    let source = source(|_| false);
    let tasks = tasks(&[&source]);
    let health = Health::new(&tasks);
    for (number, task) in tasks.iter().enumerate() {
        fail(&health, number..number + 1, down);
        if number % 4 == 3 {
            health.succeeded(task);
        }
    }
    assert!(!health.is_down(&tasks[0]));
    assert_eq!(source.opened.load(Ordering::Relaxed), 0);
}

#[test]
fn refusals_of_single_objects_never_give_a_source_up() {
    let source = source(|_| false);
    let tasks = tasks(&[&source]);
    let health = Health::new(&tasks);
    fail(&health, 0..19, || SourceError::Unreadable("archived".to_owned()));
    assert!(!health.is_down(&tasks[0]));
    fail(&health, 0..19, || SourceError::Changed("k".to_owned()));
    assert!(!health.is_down(&tasks[0]));
}

#[test]
fn what_concerns_the_whole_source_gives_it_up_at_once() {
    let source = source(|_| true);
    let tasks = tasks(&[&source]);
    let health = Health::new(&tasks);
    fail(&health, 0..1, || SourceError::Fatal("the AWS credentials have expired".to_owned()));
    assert!(health.is_down(&tasks[1]));
}
