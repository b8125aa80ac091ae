//! The rows of prices: `freight_prices`.

use std::collections::HashMap;
use std::io;

use chrono::{NaiveDate, TimeDelta};
use diesel::pg::CopyFormat;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use diesel::{ExecuteCopyFromDsl, copy_from, sql_query};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::{freight_ports, freight_prices};

use crate::feed::freight::code::PortCode;
use crate::feed::freight::key::NAME;
use crate::feed::freight::price::Price;
use crate::ledger::{self, PartChanges};

type Columns = (
    freight_prices::orig_id,
    freight_prices::dest_id,
    freight_prices::day,
    freight_prices::price,
    freight_prices::dump_id,
);
const COLUMNS: Columns = (
    freight_prices::orig_id,
    freight_prices::dest_id,
    freight_prices::day,
    freight_prices::price,
    freight_prices::dump_id,
);

/// `freight_ports.id` by code.
pub(in crate::feed::freight) type PortIds = HashMap<PortCode, i32, foldhash::fast::RandomState>;

/// A row without its batch: ports by id, and the day in days since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PriceRow {
    orig: i32,
    dest: i32,
    day: i32,
    price: i32,
}

/// The ids of the ports that the database has.
pub(in crate::feed::freight) fn port_ids<'c>(
    connection: &mut PgConnection,
    codes: impl Iterator<Item = &'c PortCode>,
) -> QueryResult<PortIds> {
    let codes: Vec<String> = codes.map(PortCode::to_string).collect();
    let found: Vec<(i32, String)> = freight_ports::table
        .filter(freight_ports::code.eq_any(&codes))
        .select((freight_ports::id, freight_ports::code))
        .load(connection)?;
    Ok(found.into_iter().filter_map(|(id, code)| Some((PortCode::parse(code.as_bytes())?, id))).collect())
}

/// Adds the prices of a batch; every port must be among `port_ids`.
pub(in crate::feed::freight) fn copy(
    connection: &mut PgConnection,
    prices: &[Price],
    port_ids: &PortIds,
    batch_id: i32,
) -> QueryResult<()> {
    let id = |code| port_ids.get(&code).copied().ok_or(diesel::result::Error::NotFound);
    let mut rows: Vec<PriceRow> = prices
        .iter()
        .map(|&Price { orig, dest, day, price }| {
            Ok(PriceRow { orig: id(orig)?, dest: id(dest)?, day, price })
        })
        .collect::<QueryResult<_>>()?;
    // In the order of the index: neighbours there are written together.
    rows.sort_unstable();
    copy_from(freight_prices::table)
        .from_raw_data(COLUMNS, |sink| write(&rows, batch_id, sink).map_err(binary_copy::failed))
        .with_format(CopyFormat::Binary)
        .execute(connection)?;
    count_added(connection, &rows)
}

fn write(rows: &[PriceRow], batch_id: i32, sink: &mut dyn io::Write) -> io::Result<()> {
    let mut copy = BinaryCopy::new(sink);
    for row in rows {
        copy.row(5)?;
        copy.integer(row.orig);
        copy.integer(row.dest);
        copy.date(row.day);
        copy.integer(row.price);
        copy.integer(batch_id);
    }
    copy.finish()
}

/// Removes the prices of a batch; returns how many there were.
pub(in crate::feed::freight) fn remove(connection: &mut PgConnection, batch_id: i32) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct RemovedRows {
        #[diesel(sql_type = Text)]
        month: String,
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    let removed: Vec<RemovedRows> = sql_query(
        "WITH removed AS (DELETE FROM freight_prices WHERE dump_id = $1 RETURNING day)
         SELECT to_char(day, 'YYYY-MM') AS month, count(*) AS rows FROM removed GROUP BY month",
    )
    .bind::<Integer, _>(batch_id)
    .load(connection)?;
    let changes = removed.iter().map(|removed| (removed.month.clone(), -removed.rows)).collect();
    ledger::count_changes(connection, NAME, &changes)?;
    Ok(removed.iter().map(|removed| removed.rows).sum())
}

/// Counts the prices that are added to each month.
fn count_added(connection: &mut PgConnection, rows: &[PriceRow]) -> QueryResult<()> {
    let mut days: HashMap<i32, i64, foldhash::fast::RandomState> = HashMap::default();
    rows.iter().for_each(|row| *days.entry(row.day).or_default() += 1);
    let mut months = PartChanges::new();
    for (day, added) in days {
        *months.entry(month_of(day)).or_default() += added;
    }
    ledger::count_changes(connection, NAME, &months)
}

/// The month of a day, which is counted from 1970-01-01.
fn month_of(day: i32) -> String {
    (NaiveDate::default() + TimeDelta::days(day.into())).format("%Y-%m").to_string()
}

/// How many prices are stored.
pub(in crate::feed::freight) fn count(connection: &mut PgConnection) -> QueryResult<i64> {
    freight_prices::table.count().get_result(connection)
}
