//! Summaries of prices by day, as `spot_daily` has them, and by month, as `/v1/spot/monthly` does.

use chrono::NaiveDate;
use diesel::{PgConnection, QueryResult};

use super::parts::{has_summaries, of_summaries, stored_records};
use super::selection::{pools_of, table_name};
use crate::feed::extract_table::{ExtractTable, TablePart};
use crate::feed::interval::Interval;
use crate::feed::lake::existing;
use crate::feed::spot::part;
use crate::feed::spot::query::{PeriodSum, Pool, PoolFilter, Ratio, sums};
use crate::feed::{WriteRow, WriteRowsError};
use crate::parquet_file::{Column, Kind, Value};

const PRICE: Kind = Kind::Decimal { precision: 14, scale: 6 };

/// The columns of summaries; those of months differ in the sixth.
const fn columns(period: &'static str) -> [Column; 14] {
    [
        Column::new("account_id", Kind::Text).repeating(),
        Column::new("region", Kind::Text).repeating(),
        Column::new("availability_zone", Kind::Text).repeating(),
        Column::new("instance_type", Kind::Text).repeating(),
        Column::new("product_description", Kind::Text).repeating(),
        Column::new(period, Kind::Date).repeating(),
        Column::new("average", Kind::Decimal { precision: 18, scale: 10 }),
        Column::new("open", PRICE),
        Column::new("close", PRICE),
        Column::new("low", PRICE),
        Column::new("high", PRICE),
        Column::new("records", Kind::Integer).repeating(),
        Column::new("changes", Kind::Integer).repeating(),
        Column::new("covered_seconds", Kind::Decimal { precision: 13, scale: 6 }).repeating(),
    ]
}

const DAILY: [Column; 14] = columns("day");
const MONTHLY: [Column; 14] = columns("month");

/// Pools whose summaries are in memory at once.
const CHUNK_POOLS: usize = 1_000;

/// What is summarized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Summaries {
    /// Each day.
    Daily,
    /// Each month.
    Monthly,
}

/// Summaries of some pools.
pub(crate) struct SummariesTable {
    /// By what.
    pub(crate) by: Summaries,
    /// Of which.
    pub(crate) filter: PoolFilter,
}

impl ExtractTable for SummariesTable {
    fn name(&self) -> String {
        let name = match self.by {
            Summaries::Daily => "spot_daily",
            Summaries::Monthly => "spot_monthly",
        };
        table_name(name, &self.filter)
    }

    fn columns(&self) -> &'static [Column] {
        match self.by {
            Summaries::Daily => &DAILY,
            Summaries::Monthly => &MONTHLY,
        }
    }

    fn parts(&self, connection: &mut PgConnection) -> QueryResult<Vec<TablePart>> {
        let column = match self.by {
            Summaries::Daily => "day",
            Summaries::Monthly => "month",
        };
        of_summaries(connection, &self.filter, &self.name(), column)
    }

    /// Summaries may have been kept when the records were dropped. If no record landed since, they are those of all.
    fn stored_rows(&self, connection: &mut PgConnection, part: &TablePart) -> QueryResult<i64> {
        match stored_records(connection, &part.name)? {
            0 if has_summaries(connection, &part.name)? => Ok(part.landed),
            stored => Ok(stored),
        }
    }

    fn rows(
        &self,
        connection: &mut PgConnection,
        part: &TablePart,
        write: WriteRow<'_>,
    ) -> Result<(), WriteRowsError> {
        let (market, first) = existing(part::parse(&part.name))?;
        let month = Interval::month(first);
        let periods: Vec<Interval> = match self.by {
            Summaries::Daily => month.days().map(Interval::day).collect(),
            Summaries::Monthly => vec![month],
        };
        for pools in pools_of(connection, &self.filter, &market)?.chunks(CHUNK_POOLS) {
            let sums = sums(connection, pools, &periods)?;
            let of_pools = pools.iter().flat_map(|pool| periods.iter().map(move |period| (pool, *period)));
            for ((pool, period), sum) in of_pools.zip(sums) {
                write_sum(pool, period, &sum, write)?;
            }
        }
        Ok(())
    }
}

/// Writes a row, if the price is known at any time.
fn write_sum(
    pool: &Pool,
    period: Interval,
    sum: &PeriodSum,
    write: WriteRow<'_>,
) -> Result<(), WriteRowsError> {
    let Some(prices) = sum.prices(period, Ratio::default()) else { return Ok(()) };
    write(&[
        Some(Value::Text(&pool.account_id)),
        Some(Value::Text(&pool.region)),
        Some(Value::Text(&pool.availability_zone)),
        Some(Value::Text(&pool.instance_type)),
        Some(Value::Text(&pool.product_description)),
        Some(Value::Date(days_since_1970(period.first))),
        Some(Value::Decimal(prices.average.0)),
        Some(Value::Decimal(prices.open.0)),
        Some(Value::Decimal(prices.close.0)),
        Some(Value::Decimal(prices.low.0)),
        Some(Value::Decimal(prices.high.0)),
        Some(Value::Integer(sum.records)),
        Some(Value::Integer(sum.changes)),
        Some(Value::Decimal(sum.weighted.covered)),
    ])?;
    Ok(())
}

fn days_since_1970(day: NaiveDate) -> i32 {
    (day - NaiveDate::default()).num_days() as i32
}
