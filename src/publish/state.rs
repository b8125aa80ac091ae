//! What is published of a table, by the ledger.

use std::collections::{BTreeMap, HashMap};

use diesel::PgConnection;

use super::error::PublishError;
use super::target::Target;
use crate::ledger::lake::{PartFile, PublishedTable, Snapshot, part_files, published_table, snapshots};

/// A published table.
#[derive(Debug, Default)]
pub(super) struct State {
    /// None before the first publishing begins.
    pub(super) table: Option<PublishedTable>,
    /// Those that did not expire, oldest first.
    pub(super) snapshots: Vec<Snapshot>,
    /// The file of each part.
    pub(super) current: BTreeMap<String, PartFile>,
    /// Files that were written by a run that ended before its commit, by part and how often that had changed.
    pub(super) written: HashMap<(String, i64), PartFile>,
}

impl State {
    /// The table, if something was committed to it.
    pub(super) fn committed(&self) -> Option<&PublishedTable> {
        self.table.as_ref().filter(|table| table.version > 0)
    }

    pub(super) fn load(connection: &mut PgConnection, target: &Target<'_>) -> Result<Self, PublishError> {
        let name = target.name();
        let table = published_table(connection, name)?;
        let destination = target.sink.location();
        if let Some(table) = table.as_ref().filter(|table| table.destination != destination) {
            return Err(PublishError::OtherDestination {
                catalog: target.catalog.to_owned(),
                feed: target.feed,
                destination: table.destination.clone(),
            });
        }
        let snapshots = snapshots(connection, name)?;
        let mut state = Self { table, snapshots, ..Self::default() };
        for file in part_files(connection, name)? {
            if file.since.is_some() {
                state.current.insert(file.part.clone(), file);
            } else {
                state.written.insert((file.part.clone(), file.changes), file);
            }
        }
        Ok(state)
    }
}
