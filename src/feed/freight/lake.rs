//! Rates as a table of a lake: a file for each month.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::PgConnection;
use diesel::data_types::PgDate;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;

use crate::db::schema::{freight_ports, freight_prices};
use crate::feed::interval::Interval;
use crate::feed::lake::existing;
use crate::feed::{LakeTable, PartFiles, WriteRow, WriteRowsError};
use crate::iceberg::{PartitionValue, Partitioning, Transform};
use crate::parquet_file::{Column, Kind, Value};

/// `freight_rates` without the revision that a price is from.
const COLUMNS: [Column; 4] = [
    Column::new("orig_code", Kind::Text).repeating(),
    Column::new("dest_code", Kind::Text).repeating(),
    Column::new("day", Kind::Date).repeating(),
    Column::new("price", Kind::Integer).repeating(),
];

/// Days from 1970 to 2000, from which Postgres counts.
const DAYS_TO_2000: i32 = 10_957;

/// The table of rates.
pub(super) struct FreightTable;

impl LakeTable for FreightTable {
    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn partitioning(&self) -> Partitioning {
        &[("day", Transform::Month)]
    }

    fn part_files(&self, part: &str) -> Option<PartFiles> {
        let month = month(part)?;
        let folder = format!("month={}", month.format("%Y-%m"));
        Some(PartFiles { partition: vec![PartitionValue::month_of(month)], folder })
    }

    /// Equal prices are equal rows, so that their order does not matter.
    fn rows(
        &self,
        connection: &mut PgConnection,
        part: &str,
        write: WriteRow<'_>,
    ) -> Result<(), WriteRowsError> {
        use freight_prices::{day, dest_id, orig_id, price};
        let month = Interval::month(existing(month(part))?);
        let ports: HashMap<i32, String> = freight_ports::table
            .select((freight_ports::id, freight_ports::code))
            .load(connection)?
            .into_iter()
            .collect();
        let rows = freight_prices::table
            .filter(day.between(month.first, month.last))
            .order((orig_id, dest_id, day, price))
            .select((orig_id, dest_id, day, price))
            .load_iter::<(i32, i32, PgDate, i32), PgRowByRowLoadingMode>(connection)?;
        for row in rows {
            let (orig, dest, PgDate(on), amount) = row?;
            write(&[
                Some(Value::Text(existing(ports.get(&orig))?)),
                Some(Value::Text(existing(ports.get(&dest))?)),
                Some(Value::Date(DAYS_TO_2000 + on)),
                Some(Value::Integer(amount.into())),
            ])?;
        }
        Ok(())
    }
}

/// The first day of the month that a part's name means.
fn month(part: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(&format!("{part}-01"), "%Y-%m-%d").ok()
}
