//! Files of a day's events, for warehouses.

mod columns;
mod row;
mod table;

use chrono::NaiveDate;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::{PgConnection, QueryResult};

use crate::db::partitions;
use crate::db::schema::events;
use crate::feed::interval::Interval;
use crate::feed::{WriteRow, WriteRowsError};
pub(super) use columns::COLUMNS;
use row::Row;
pub(crate) use table::EventsTable;

/// How many events are stored that were received on a day.
fn stored_rows(connection: &mut PgConnection, day: NaiveDate) -> QueryResult<i64> {
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

/// The days of which the events are still stored: those that have a partition.
fn stored_days(connection: &mut PgConnection) -> QueryResult<Vec<NaiveDate>> {
    let day = |name: &String| NaiveDate::parse_from_str(name, "events_%Y_%m_%d").ok();
    Ok(partitions(connection, "events")?.iter().filter_map(day).collect())
}
