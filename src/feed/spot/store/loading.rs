//! The tables that become a month's partitions once they are full: `spot_observations_loading`, `spot_summaries_loading`.

use std::io;
use std::sync::mpsc::Receiver;

use chrono::NaiveDate;
use diesel::connection::SimpleConnection;
use diesel::pg::CopyFormat;
use diesel::result::Error;
use diesel::sql_types::{Bool, Date, Oid, Text};
use diesel::{
    Connection, ExecuteCopyFromDsl, PgConnection, QueryResult, QueryableByName, RunQueryDsl, copy_from,
    sql_query,
};

use crate::db::binary_copy;

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

/// Fails if the month has partitions. Until the end of the transaction, no month gets partitions from others.
pub(in crate::feed::spot) fn begin(connection: &mut PgConnection, month: NaiveDate) -> QueryResult<()> {
    sql_query("SELECT spot_begin_load($1)").bind::<Date, _>(month).execute(connection)?;
    // It waits while others copy, which takes as long as it takes.
    connection.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0")
}

/// A table that is to become a partition of its parent.
struct Table {
    parent: &'static str,
    name: &'static str,
    /// The statements that make its indexes.
    indexes: &'static str,
}

const PRICES: Table = Table {
    parent: "spot_observations",
    name: "spot_observations_loading",
    indexes: "ALTER TABLE spot_observations_loading ADD PRIMARY KEY (pool_id, observed_at)",
};

const SUMMARIES: Table = Table {
    parent: "spot_summaries",
    name: "spot_summaries_loading",
    indexes: "ALTER TABLE spot_summaries_loading ADD PRIMARY KEY (account_id, region, day, piece);
              CREATE INDEX ON spot_summaries_loading (piece, day)",
};

/// The number of a table that was loaded: its name may be another table's by now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::feed::spot) struct Loaded(u32);

impl Table {
    /// Makes the table and its indexes.
    ///
    /// In a transaction of its own, so that both tables are filled at once. Until they are partitions, nobody looks at them.
    fn fill(
        &self,
        connection: &mut PgConnection,
        copy: impl FnOnce(&mut PgConnection) -> QueryResult<()>,
    ) -> QueryResult<Loaded> {
        let Self { parent, name, indexes } = self;
        connection.transaction(|connection| {
            // A load that failed may have left one. Whoever reads that keeps this load waiting, which others wait for.
            connection.batch_execute(&format!(
                "SET LOCAL lock_timeout = '2s';
                 DROP TABLE IF EXISTS {name};
                 CREATE TABLE {name} (LIKE {parent} INCLUDING ALL EXCLUDING INDEXES)"
            ))?;
            copy(connection)?;
            // Of rows that are there: faster than row by row.
            connection.batch_execute(indexes)?;
            self.find(connection)
        })
    }

    /// The table that has the name.
    fn find(&self, connection: &mut PgConnection) -> QueryResult<Loaded> {
        #[derive(QueryableByName)]
        struct Found {
            #[diesel(sql_type = Oid)]
            number: u32,
        }
        let found: Found = sql_query("SELECT $1::regclass::oid AS number")
            .bind::<Text, _>(self.name)
            .get_result(connection)?;
        Ok(Loaded(found.number))
    }
}

/// Makes the table of prices and its key, from what [`observations::write`](super::observations::write) writes.
pub(in crate::feed::spot) fn prices(
    connection: &mut PgConnection,
    encoded: Receiver<Vec<u8>>,
) -> QueryResult<Loaded> {
    PRICES.fill(connection, |connection| copy_prices(connection, encoded))
}

/// Makes the table of summaries and its indexes, from what [`SummaryWriter`](super::summaries::SummaryWriter) writes.
pub(in crate::feed::spot) fn summaries(
    connection: &mut PgConnection,
    encoded: Receiver<Vec<u8>>,
) -> QueryResult<Loaded> {
    SUMMARIES.fill(connection, |connection| copy_summaries(connection, encoded))
}

fn copy_prices(connection: &mut PgConnection, encoded: Receiver<Vec<u8>>) -> QueryResult<()> {
    use spot_observations_loading::{dump_id, observed_at, pool_id, price, table};
    copy_from(table)
        .from_raw_data((observed_at, pool_id, dump_id, price), |sink| send(&encoded, sink))
        .with_format(CopyFormat::Binary)
        // Nobody sees the rows before they are committed, and nothing has to mark them as visible later.
        .with_freeze(true)
        .execute(connection)
        .map(drop)
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
            |sink| send(&encoded, sink),
        )
        .with_format(CopyFormat::Binary)
        .with_freeze(true)
        .execute(connection)
        .map(drop)
}

fn send(encoded: &Receiver<Vec<u8>>, sink: &mut dyn io::Write) -> QueryResult<()> {
    encoded.iter().try_for_each(|chunk| sink.write_all(&chunk)).map_err(binary_copy::failed)
}

/// Makes the filled tables of prices and summaries the partitions of the month.
///
/// Fails if others have replaced them: this transaction may have been ended without knowing it, and its locks are gone.
pub(in crate::feed::spot) fn end(
    connection: &mut PgConnection,
    month: NaiveDate,
    [prices, summaries]: [Loaded; 2],
) -> QueryResult<()> {
    connection.batch_execute(
        "SET LOCAL lock_timeout = '2s';
         LOCK TABLE spot_observations_loading, spot_summaries_loading IN ACCESS EXCLUSIVE MODE;
         SET LOCAL lock_timeout TO DEFAULT",
    )?;
    for (table, loaded) in [(PRICES, prices), (SUMMARIES, summaries)] {
        if table.find(connection)? != loaded {
            let reason = format!("{} is another importer's by now", table.name);
            return Err(Error::QueryBuilderError(reason.into()));
        }
        sql_query("SELECT spot_end_load($1, $2)")
            .bind::<Text, _>(table.parent)
            .bind::<Date, _>(month)
            .execute(connection)?;
    }
    Ok(())
}

/// Drops what was loaded, where that can be done at once; otherwise, the next load does.
pub(in crate::feed::spot) fn discard(connection: &mut PgConnection) {
    for drop in [
        "SET lock_timeout = '1s'",
        "DROP TABLE IF EXISTS spot_observations_loading",
        "DROP TABLE IF EXISTS spot_summaries_loading",
    ] {
        if let Err(error) = connection.batch_execute(drop) {
            tracing::debug!(%error, "a table of a failed load is left");
        }
    }
}
