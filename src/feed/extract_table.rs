//! What a feed says of a table whose files are extracted.

use diesel::{PgConnection, QueryResult};

use super::lake::{WriteRow, WriteRowsError};
use crate::month::Month;
use crate::parquet_file::Column;

/// A table with a file for each month, or for each month of each part that the feed is divided into.
pub(crate) trait ExtractTable {
    /// Its name, which is also that of the folder of its files. Other rows or columns have another name.
    fn name(&self) -> String;

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
    /// The month that its rows are of.
    pub(crate) month: Month,
    /// As long as it is the same number, the rows are the same.
    pub(crate) state: i64,
    /// How many rows of the feed landed and were not removed since.
    pub(crate) landed: i64,
    /// The folder of its file.
    pub(crate) folder: String,
    /// The condition that the rows of the part fulfil, in SQL that every warehouse reads.
    pub(crate) condition: String,
}
