//! The rows of prices.

use std::collections::HashMap;
use std::io;

use diesel::pg::CopyFormat;
use diesel::prelude::*;
use diesel::{ExecuteCopyFromDsl, copy_from};

use crate::db::binary_copy::{self, BinaryCopy};
use crate::db::schema::{freight_ports, freight_prices};

use super::code::PortCode;
use super::price::Price;

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

/// Numbers of ports in the database.
pub(super) type Numbers = HashMap<PortCode, i32, foldhash::fast::RandomState>;

/// A row but for its batch: ports by their numbers, and the day in days since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    orig: i32,
    dest: i32,
    day: i32,
    price: i32,
}

/// The numbers of those ports among the given that the database knows.
pub(super) fn numbers<'c>(
    connection: &mut PgConnection,
    codes: impl Iterator<Item = &'c PortCode>,
) -> QueryResult<Numbers> {
    let codes: Vec<String> = codes.map(PortCode::to_string).collect();
    let known: Vec<(i32, String)> = freight_ports::table
        .filter(freight_ports::code.eq_any(&codes))
        .select((freight_ports::id, freight_ports::code))
        .load(connection)?;
    Ok(known.into_iter().filter_map(|(id, code)| Some((PortCode::parse(code.as_bytes())?, id))).collect())
}

/// Adds the prices of a batch; every port must be among the numbers.
pub(super) fn copy(
    connection: &mut PgConnection,
    prices: &[Price],
    numbers: &Numbers,
    batch_id: i32,
) -> QueryResult<()> {
    let number = |code| numbers.get(&code).copied().ok_or(diesel::result::Error::NotFound);
    let mut rows: Vec<Row> = prices
        .iter()
        .map(|&Price { orig, dest, day, price }| {
            Ok(Row { orig: number(orig)?, dest: number(dest)?, day, price })
        })
        .collect::<QueryResult<_>>()?;
    // In the order of the index: neighbours there are written together.
    rows.sort_unstable();
    copy_from(freight_prices::table)
        .from_raw_data(COLUMNS, |sink| write(&rows, batch_id, sink).map_err(binary_copy::failed))
        .with_format(CopyFormat::Binary)
        .execute(connection)
        .map(drop)
}

fn write(rows: &[Row], batch_id: i32, sink: &mut dyn io::Write) -> io::Result<()> {
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

/// Takes the prices of a batch away; answers how many there were.
pub(super) fn remove(connection: &mut PgConnection, batch_id: i32) -> QueryResult<i64> {
    diesel::delete(freight_prices::table.filter(freight_prices::dump_id.eq(batch_id)))
        .execute(connection)
        .map(|removed| removed as i64)
}
