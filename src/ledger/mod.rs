//! The ledger: which dump revisions were seen, and what became of each.

mod changes;
mod counts;
mod coverage;
mod dead_letters;
mod entries;
mod extracts;
pub mod lake;
mod monthly_files;
mod parts;
mod period;
mod scope;

pub use changes::{LedgerState, ledger_state};
pub use counts::{FeedCounts, feed_counts};
pub use coverage::{FeedTotals, FutureDump, ScopeCoverage, coverage, feed_totals, future_dumps, latest_day};
pub use dead_letters::{
    DeadLetter, DumpWithRejectedRecords, NewDeadLetter, latest_dead_letters, with_rejected_records,
    write_dead_letters,
};
pub use entries::{
    CurrentRevision, Entry, MatchingEntry, NewEntry, RejectedAgain, RejectedObject, SeenEntry, Status,
    confirm, count_removed, current_revisions, entry, latest_entry, matching_entries, reject_again,
    rejected_objects, reserve_ids, revisions, seen_among, supersede, withdraw, write,
};
pub use extracts::{Extract, extracted_parts, record_extracts};
pub use monthly_files::{MonthlyFile, files_of_month, months_with_files, record_monthly_files};
pub use parts::{IncompletePart, PartChanges, count_changes};
pub use period::Period;
pub use scope::Scope;
