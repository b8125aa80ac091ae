//! How tasks are shared out.

use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::feed::DumpName;
use crate::ingest::FEEDS;
use crate::ledger::Scope;
use crate::source::{Directory, Object};

fn task(scope: u8, size: u64) -> Task {
    Task {
        source_index: 0,
        source: Arc::new(Directory::open(Path::new("/")).unwrap()),
        object: Object {
            key: String::new(),
            size,
            modified_at: DateTime::UNIX_EPOCH,
            fingerprint: String::new(),
            archived: false,
        },
        feed: FEEDS[0],
        dump: Ok(DumpName { scope: Scope::new(&[&scope.to_string()]), period: None, name: String::new() }),
        seen_entry_id: None,
        replay: false,
    }
}

fn sizes(tasks: &[Task], max_parts: usize) -> Vec<usize> {
    let tasks: Vec<&Task> = tasks.iter().collect();
    split(&tasks, max_parts).iter().map(|part| part.len()).collect()
}

#[test]
fn scopes_of_one_size_are_shared_out_evenly() {
    let tasks: Vec<Task> = (0..8).flat_map(|scope| [task(scope, 10), task(scope, 10)]).collect();
    assert_eq!(sizes(&tasks, 4), [4, 4, 4, 4]);
    assert_eq!(sizes(&tasks, 1), [16]);
    assert_eq!(sizes(&tasks[..2], 4), [2]);
    assert_eq!(sizes(&[], 4), [0; 0]);
}

proptest! {
    #[test]
    fn every_task_is_in_one_part_and_no_scope_in_two(
        mut shape in prop::collection::vec((0_u8..6, 0_u64..1_000), 0..40),
        max_parts in 1_usize..9,
    ) {
        shape.sort_unstable();
        let tasks: Vec<Task> = shape.iter().map(|(scope, size)| task(*scope, *size)).collect();
        let tasks: Vec<&Task> = tasks.iter().collect();
        let parts = split(&tasks, max_parts);
        prop_assert!(parts.len() <= max_parts);
        prop_assert_eq!(parts.iter().map(|part| part.len()).sum::<usize>(), tasks.len());
        for pair in parts.windows(2) {
            prop_assert!(!pair[0].is_empty() && !pair[1].is_empty());
            prop_assert!(pair[0].last().unwrap().scope() < pair[1][0].scope());
        }
    }
}
