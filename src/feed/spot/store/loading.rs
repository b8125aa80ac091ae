//! The tables that become a month's partitions once they are full: `spot_observations_loading`, `spot_summaries_loading`.

use std::cell::RefCell;
use std::io;
use std::sync::mpsc::Receiver;

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::pg::CopyFormat;
use diesel::sql_types::{Bool, Date, Text};
use diesel::{
    Connection, ExecuteCopyFromDsl, PgConnection, QueryResult, QueryableByName, RunQueryDsl, copy_from,
    sql_query,
};

use crate::db::binary_copy;
use crate::feed::spot::observation::Claim;
use crate::feed::spot::resolve::Dumps;

use super::observations;

diesel::table! {
    spot_observations_loading (pool_id, observed_at) {
        observed_at -> Timestamptz,
        pool_id -> Integer,
        dump_id -> Integer,
        price -> Numeric,
    }
}

diesel::table! {
    spot_summaries_loading (account_id, region, day, piece) {
        account_id -> Text,
        region -> Text,
        day -> Date,
        piece -> Integer,
        pool_ids -> Array<Integer>,
        records -> Array<Integer>,
        changes -> Array<Integer>,
        covered -> Array<BigInt>,
        opens -> Array<BigInt>,
        closes -> Array<BigInt>,
        lows -> Array<BigInt>,
        highs -> Array<BigInt>,
        averages -> Array<BigInt>,
    }
}

/// Whether a month has partitions.
pub(in crate::feed::spot) fn has_month(connection: &mut PgConnection, month: NaiveDate) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Month {
        #[diesel(sql_type = Bool)]
        exists: bool,
    }
    let month: Month =
        sql_query("SELECT spot_has_month($1) AS exists").bind::<Date, _>(month).get_result(connection)?;
    Ok(month.exists)
}

/// Makes the table of prices. Fails if the month has partitions; until the end of the transaction, it gets none from others.
pub(in crate::feed::spot) fn begin(connection: &mut PgConnection, month: NaiveDate) -> QueryResult<()> {
    sql_query("SELECT spot_begin_load($1)").bind::<Date, _>(month).execute(connection).map(drop)
}

/// Fills the table of prices.
pub(in crate::feed::spot) fn prices(
    connection: &mut PgConnection,
    dumps: &Dumps,
    rows: impl Iterator<Item = io::Result<Claim>>,
) -> QueryResult<()> {
    use spot_observations_loading::{dump_id, observed_at, pool_id, price, table};
    let rows = RefCell::new(rows);
    copy_from(table)
        .from_raw_data((observed_at, pool_id, dump_id, price), |sink| {
            observations::write(sink, dumps, &mut *rows.borrow_mut()).map_err(binary_copy::failed)
        })
        .with_format(CopyFormat::Binary)
        // Nobody sees the rows before this transaction ends, and nothing has to mark them as visible later.
        .with_freeze(true)
        .execute(connection)
        .map(drop)
}

/// Makes and fills the table of summaries, from what [`SummaryWriter`](super::summaries::SummaryWriter) writes.
///
/// In a transaction of its own, so that it can be done beside the other table. Until it is a partition, nobody looks at it.
pub(in crate::feed::spot) fn summaries(
    connection: &mut PgConnection,
    encoded: Receiver<Vec<u8>>,
) -> QueryResult<()> {
    connection.transaction(|connection| {
        connection.batch_execute(
            // A load that failed may have left one.
            "DROP TABLE IF EXISTS spot_summaries_loading;
             CREATE TABLE spot_summaries_loading (LIKE spot_summaries INCLUDING ALL)",
        )?;
        copy_summaries(connection, encoded)
    })
}

fn copy_summaries(connection: &mut PgConnection, encoded: Receiver<Vec<u8>>) -> QueryResult<()> {
    use spot_summaries_loading as loading;
    copy_from(loading::table)
        .from_raw_data(
            (
                loading::account_id,
                loading::region,
                loading::day,
                loading::piece,
                loading::pool_ids,
                loading::records,
                loading::changes,
                loading::covered,
                loading::opens,
                loading::closes,
                loading::lows,
                loading::highs,
                loading::averages,
            ),
            |sink| encoded.iter().try_for_each(|chunk| sink.write_all(&chunk)).map_err(binary_copy::failed),
        )
        .with_format(CopyFormat::Binary)
        .with_freeze(true)
        .execute(connection)
        .map(drop)
}

/// Makes the filled table of prices the partition of the month, with its index.
pub(in crate::feed::spot) fn attach_prices(
    connection: &mut PgConnection,
    month: NaiveDate,
) -> QueryResult<()> {
    end(connection, "spot_observations", month)
}

/// Makes the filled table of summaries the partition of the month.
pub(in crate::feed::spot) fn attach_summaries(
    connection: &mut PgConnection,
    month: NaiveDate,
) -> QueryResult<()> {
    end(connection, "spot_summaries", month)
}

fn end(connection: &mut PgConnection, table: &str, month: NaiveDate) -> QueryResult<()> {
    sql_query("SELECT spot_end_load($1, $2)")
        .bind::<Text, _>(table)
        .bind::<Date, _>(month)
        .execute(connection)
        .map(drop)
}
