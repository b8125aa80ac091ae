//! The rows: `readings`.

use std::io;

use diesel::pg::CopyFormat;
use diesel::prelude::*;
use diesel::{ExecuteCopyFromDsl, copy_from};

use super::content::Reading;
use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::readings;

type Columns = (readings::station, readings::at, readings::temperature, readings::dump_id);
const COLUMNS: Columns = (readings::station, readings::at, readings::temperature, readings::dump_id);

/// Adds the readings of a dump.
pub(super) fn copy(
    connection: &mut PgConnection,
    station: &str,
    readings: &[Reading],
    dump_id: i32,
) -> QueryResult<()> {
    let write = |sink: &mut dyn io::Write| {
        let mut copy = BinaryCopy::new(sink);
        for reading in readings {
            copy.row(4)?;
            copy.text(station);
            copy.timestamptz(reading.at);
            copy.integer(reading.temperature);
            copy.integer(dump_id);
        }
        copy.finish()
    };
    copy_from(readings::table)
        .from_raw_data(COLUMNS, |sink| write(sink).map_err(binary_copy::failed))
        .with_format(CopyFormat::Binary)
        .execute(connection)
        .map(drop)
}

/// Removes the readings of some revisions; returns how many there were.
pub(super) fn remove(connection: &mut PgConnection, revisions: &[i32]) -> QueryResult<i64> {
    diesel::delete(readings::table.filter(readings::dump_id.eq_any(revisions)))
        .execute(connection)
        .map(|removed| removed as i64)
}
