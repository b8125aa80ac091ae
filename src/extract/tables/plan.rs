//! Which parts have to be extracted.

use chrono::NaiveDate;
use diesel::{PgConnection, QueryResult};

use super::file::FileFormat;
use crate::feed::{ExtractTable, TablePart};
use crate::ledger::extracted_parts;

/// What is wanted of a table.
pub(crate) struct TableSelection<'t> {
    /// The table.
    pub(crate) table: &'t dyn ExtractTable,
    /// As what.
    pub(crate) format: FileFormat,
    /// Only parts that begin on this day or later.
    pub(crate) from: Option<NaiveDate>,
    /// Only parts that end on this day or earlier.
    pub(crate) to: Option<NaiveDate>,
    /// Parts that have not changed, too.
    pub(crate) full: bool,
}

/// The parts that have to be extracted, by their names, and whether the destination has a file of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaleTable {
    /// These.
    pub parts: Vec<(String, bool)>,
    /// How many others are selected.
    pub unchanged: usize,
}

impl TableSelection<'_> {
    /// What the ledger knows its files by.
    pub(super) fn output(&self) -> String {
        self.table.output(self.format.extension())
    }

    /// The selected parts that have to be extracted, each with whether it was before, and how many others are selected.
    pub(super) fn stale(
        &self,
        connection: &mut PgConnection,
        destination: &str,
    ) -> QueryResult<(Vec<(TablePart, bool)>, usize)> {
        let extracted = extracted_parts(connection, &self.output(), destination)?;
        let (mut stale, mut unchanged) = (Vec::new(), 0);
        for part in self.table.parts(connection)? {
            let days = part.days;
            if self.from.is_some_and(|from| days.first < from) || self.to.is_some_and(|to| to < days.last) {
                continue;
            }
            let state = extracted.get(&part.name);
            if self.full || state != Some(&part.state) {
                stale.push((part, state.is_some()));
            } else {
                unchanged += 1;
            }
        }
        Ok((stale, unchanged))
    }
}

/// Finds the parts that have changed since they were extracted to a destination.
pub(crate) fn stale_table(
    connection: &mut PgConnection,
    destination: &str,
    selection: &TableSelection<'_>,
) -> QueryResult<StaleTable> {
    let (parts, unchanged) = selection.stale(connection, destination)?;
    let parts = parts.into_iter().map(|(part, is_extracted)| (part.name, is_extracted)).collect();
    Ok(StaleTable { parts, unchanged })
}
