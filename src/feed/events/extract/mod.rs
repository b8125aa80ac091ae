//! Files of a day's events, for warehouses.

mod columns;
mod row;

use std::io::Write;

use chrono::NaiveDate;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, QueryResult, sql_query};

use crate::db::schema::events;
use crate::feed::interval::Interval;
use crate::feed::{WriteRow, WriteRowsError};
use crate::parquet_file::{FileKind, ParquetFile};
pub(super) use columns::COLUMNS;
use row::Row;

/// Writes the events that were received on a day, in the order of their ids, as a Parquet file; returns how many they are.
///
/// The same events give the same bytes, whatever objects they came in. Memory does not grow with their number.
pub fn write_file(
    connection: &mut PgConnection,
    day: NaiveDate,
    file: impl Write + Send,
) -> Result<u64, WriteRowsError> {
    let mut file = ParquetFile::new(file, "event", &COLUMNS, FileKind::Extract)?;
    rows_of(connection, day, &mut |row| file.row(row))?;
    Ok(file.finish()?.rows)
}

/// How many events are stored that were received on a day.
pub fn stored_rows(connection: &mut PgConnection, day: NaiveDate) -> QueryResult<i64> {
    let day = Interval { first: day, last: day };
    events::table
        .filter(events::received_at.ge(day.start()).and(events::received_at.lt(day.end())))
        .count()
        .get_result(connection)
}

/// Passes the events that were received on a day to `write`, in the order of their ids.
pub(in crate::feed::events) fn rows_of(
    connection: &mut PgConnection,
    day: NaiveDate,
    write: WriteRow<'_>,
) -> Result<(), WriteRowsError> {
    let day = Interval { first: day, last: day };
    let rows = events::table
        .filter(events::received_at.ge(day.start()).and(events::received_at.lt(day.end())))
        .order(events::id)
        .select(Row::as_select())
        .load_iter::<Row, PgRowByRowLoadingMode>(connection)?;
    for row in rows {
        row?.write(|values| write(values))?;
    }
    Ok(())
}

/// The key of the file of a day's events, by the hash of its bytes.
pub fn file_key(day: NaiveDate, hash: &str) -> String {
    format!("dt={day}/events_{}_{hash}.parquet", day.format("%Y%m%d"))
}

/// The days of which the events are still stored: those that have a partition.
pub fn stored_days(connection: &mut PgConnection) -> QueryResult<Vec<NaiveDate>> {
    #[derive(QueryableByName)]
    struct Partition {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let partitions: Vec<Partition> = sql_query(
        "SELECT relname::text AS name FROM pg_inherits JOIN pg_class ON oid = inhrelid
         WHERE inhparent = 'events'::regclass",
    )
    .load(connection)?;
    let day = |partition: &Partition| NaiveDate::parse_from_str(&partition.name, "events_%Y_%m_%d").ok();
    Ok(partitions.iter().filter_map(day).collect())
}
