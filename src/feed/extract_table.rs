//! What a feed says of a table whose files are extracted.

use diesel::prelude::*;
use diesel::{PgConnection, QueryResult};

use super::interval::Interval;
use super::lake::{WriteRow, WriteRowsError};
use crate::db::schema::feed_parts;
use crate::parquet_file::Column;

/// A table with a file for each part: a day, a month, or a month of each part that the feed is divided into.
pub(crate) trait ExtractTable {
    /// Its name, which is also that of the folder of its files. Other rows or columns have another name.
    fn name(&self) -> String;

    /// What the ledger knows its files by, whose names end so.
    fn output(&self, extension: &str) -> String {
        format!("{}.{extension}", self.name())
    }

    /// What Parquet files call a row.
    fn row_name(&self) -> String {
        self.name()
    }

    /// Its columns, in the order in which warehouses take them.
    fn columns(&self) -> &'static [Column];

    /// All parts that are stored, in order.
    fn parts(&self, connection: &mut PgConnection) -> QueryResult<Vec<TablePart>>;

    /// How many rows of a part are stored, also of those that the table leaves out or sums up.
    fn stored_rows(&self, connection: &mut PgConnection, part: &TablePart) -> QueryResult<i64>;

    /// Passes each row of a part to `write`, in an order that depends on the rows alone. Memory does not grow with their number.
    fn rows(
        &self,
        connection: &mut PgConnection,
        part: &TablePart,
        write: WriteRow<'_>,
    ) -> Result<(), WriteRowsError>;
}

/// A part of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TablePart {
    /// Its name, which no other part has.
    pub(crate) name: String,
    /// The days that its rows are of.
    pub(crate) days: Interval,
    /// The same in the name of its file: `202611`.
    pub(crate) date: String,
    /// As long as it is the same number, the rows are the same.
    pub(crate) state: i64,
    /// How many rows of the feed landed and were not removed since.
    pub(crate) landed: i64,
    /// The folder of its file.
    pub(crate) folder: String,
    /// The condition that the rows of the part fulfil, in SQL that every warehouse reads.
    pub(crate) condition: String,
}

/// A part as `feed_parts` counts it.
#[derive(Queryable)]
pub(super) struct CountedPart {
    pub(super) name: String,
    pub(super) changes: i64,
    pub(super) rows: i64,
}

/// The parts of a feed that ever had rows, in order.
pub(super) fn counted_parts(connection: &mut PgConnection, feed: &str) -> QueryResult<Vec<CountedPart>> {
    feed_parts::table
        .filter(feed_parts::feed.eq(feed))
        .order(feed_parts::part)
        .select((feed_parts::part, feed_parts::changes, feed_parts::row_count))
        .load(connection)
}
