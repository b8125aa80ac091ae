//! The events that count: `events`.

use std::io;

use diesel::pg::CopyFormat;
use diesel::prelude::*;
use diesel::{ExecuteCopyFromDsl, copy_from};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::events;

/// Columns of a row.
pub(super) const COLUMNS: i16 = 24;

/// Adds rows: the encoded columns of each event, and the revision that has it. Their partitions must be there.
pub(in crate::feed::events) fn copy<'c>(
    connection: &mut PgConnection,
    rows: impl Iterator<Item = (&'c [u8], i32)> + Clone,
) -> QueryResult<()> {
    let write = |sink: &mut dyn io::Write| {
        let mut copy = BinaryCopy::new(sink);
        for (columns, dump_id) in rows.clone() {
            copy.row(COLUMNS)?;
            copy.encoded(columns);
            copy.integer(dump_id);
        }
        copy.finish()
    };
    copy_from(events::table)
        .from_raw_data(events::all_columns, |sink| write(sink).map_err(binary_copy::failed))
        .with_format(CopyFormat::Binary)
        .execute(connection)
        .map(drop)
}

/// How many events are stored.
pub(in crate::feed::events) fn count(connection: &mut PgConnection) -> QueryResult<i64> {
    events::table.count().get_result(connection)
}
